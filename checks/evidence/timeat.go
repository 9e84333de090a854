package evidence

import "time"

// This file finds moments in a text by their digits. It knows the forms that
// loggers and services write most; parseTime knows more, and is slower.

// timeAt reads the moment that begins at b[i], which is a digit. end is i where
// there is none.
func timeAt(b []byte, i int) (t time.Time, end int) {
	if t, end = isoTime(b, i); end > i {
		return t, end
	}
	if t, end = slashTime(b, i); end > i {
		return t, end
	}
	return mailTime(b, i)
}

// isoTime reads 2026-11-20T06:00:00.123Z, with a blank for the T, a comma before
// the fraction, an offset, or no zone, which means UTC.
func isoTime(b []byte, i int) (time.Time, int) {
	if i+19 > len(b) || b[i+4] != '-' || b[i+7] != '-' || b[i+10] != 'T' && b[i+10] != ' ' || b[i+13] != ':' || b[i+16] != ':' {
		return time.Time{}, i
	}
	year, month, day := digits(b[i:i+4]), digits(b[i+5:i+7]), digits(b[i+8:i+10])
	return clockTime(b, i+11, i, year, month, day)
}

// clockTime reads hh:mm:ss with fraction and zone behind a date.
func clockTime(b []byte, at, from int, year, month, day int) (time.Time, int) {
	if at+8 > len(b) || b[at+2] != ':' || b[at+5] != ':' {
		return time.Time{}, from
	}
	h, m, s := digits(b[at:at+2]), digits(b[at+3:at+5]), digits(b[at+6:at+8])
	if year < 2006 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31 || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59 {
		return time.Time{}, from
	}
	end, nanos := at+8, 0
	if end+1 < len(b) && (b[end] == '.' || b[end] == ',') && isDigit(b[end+1]) {
		end++
		for unit := 100_000_000; end < len(b) && isDigit(b[end]); end++ {
			nanos += int(b[end]-'0') * unit
			unit /= 10
		}
	}
	t := time.Date(year, time.Month(month), day, h, m, s, nanos, time.UTC)
	if t.Day() != day { // the 31st of a month that has none
		return time.Time{}, from
	}
	offset, end := zoneAt(b, end)
	return t.Add(-offset), end
}

// zoneAt reads Z, +01:00, " +0100", " GMT" or " UTC".
func zoneAt(b []byte, i int) (time.Duration, int) {
	j := i
	if j < len(b) && b[j] == ' ' {
		j++
	}
	switch {
	case i < len(b) && b[i] == 'Z':
		return 0, i + 1
	case j+3 <= len(b) && j > i && (string(b[j:j+3]) == "GMT" || string(b[j:j+3]) == "UTC"):
		return 0, j + 3
	case j+5 <= len(b) && (b[j] == '+' || b[j] == '-'):
		h, m, end := digits(b[j+1:j+3]), digits(b[j+3:j+5]), j+5
		if b[j+3] == ':' && j+6 <= len(b) {
			m, end = digits(b[j+4:j+6]), j+6
		}
		if h < 0 || m < 0 || h > 14 || m > 59 {
			return 0, i
		}
		d := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
		if b[j] == '-' {
			d = -d
		}
		return d, end
	}
	return 0, i
}

// slashTime reads 20/Nov/2026:06:00:00 +0000, as access logs write it, and
// 2026/11/20 06:00:00, as Go's log package does.
func slashTime(b []byte, i int) (time.Time, int) {
	if i+20 <= len(b) && b[i+2] == '/' && b[i+6] == '/' && b[i+11] == ':' {
		return clockTime(b, i+12, i, digits(b[i+7:i+11]), monthOf(b[i+3:i+6]), digits(b[i:i+2]))
	}
	if i+19 <= len(b) && b[i+4] == '/' && b[i+7] == '/' && b[i+10] == ' ' {
		return clockTime(b, i+11, i, digits(b[i:i+4]), digits(b[i+5:i+7]), digits(b[i+8:i+10]))
	}
	return time.Time{}, i
}

// mailTime reads 20 Nov 2026 06:00:00 GMT, as headers write it.
func mailTime(b []byte, i int) (time.Time, int) {
	if i+20 <= len(b) && b[i+2] == ' ' && b[i+6] == ' ' && b[i+11] == ' ' {
		return clockTime(b, i+12, i, digits(b[i+7:i+11]), monthOf(b[i+3:i+6]), digits(b[i:i+2]))
	}
	return time.Time{}, i
}

func monthOf(b []byte) int {
	const months = "JanFebMarAprMayJunJulAugSepOctNovDec"
	for m := 0; m < 12; m++ {
		if string(b) == months[3*m:3*m+3] {
			return m + 1
		}
	}
	return 0
}

// digits reads a number, -1 if it is none.
func digits(b []byte) int {
	n := 0
	for _, c := range b {
		if !isDigit(c) {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}
