# Short targets for people; .ci/run is what a build server runs.

.PHONY: build test race lint docs manual image fuzz bench web browser

build:
	go build -trimpath -o graphdoctor ./cmd/graphdoctor

test:
	go test ./...

race:
	go test -race ./...

lint:
	test -z "$$(gofmt -l .)"
	go vet ./...
	go build -C tools -o ../bin/staticcheck honnef.co/go/tools/cmd/staticcheck
	bin/staticcheck ./...

docs:
	go generate ./...

# Manual pages and completions, in release/.
manual: export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct)
manual:
	go test ./cmd/graphdoctor -count=1 -run '^TestManual$$' -args -manual "$(CURDIR)/release"

image:
	docker build -t graphdoctor .

FUZZTIME ?= 30s
fuzz:
	go test ./checks/evidence -run '^$$' -fuzz '^FuzzRead$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 1x

bench:
	go test -run '^$$' -bench . -benchmem ./...

# The page for the support desk: its folder web/dist, and a small server with
# the page built in.
web:
	cd web/make && go run .
	go build -trimpath -tags page -o graphdoctor-page ./cmd/graphdoctor-page

# Tests of the page and of the HTML report in Chromium.
browser: web
	cd web/make && go test -count=1 ./...
