package checks

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/hashicorp/go-multierror"
)

// keptProblems is how many problems are kept; the rest are counted. Those that
// stand first by place are kept, whoever met them.
const keptProblems = 100

// AddProblem takes down something that could not be read.
func (d *Diagnosis) AddProblem(err error) {
	d.Problem++
	d.Problems = multierror.Append(d.Problems, err)
	d.Problems.ErrorFormat = oneALine
	if len(d.Problems.Errors) > 2*keptProblems {
		d.sortProblems()
	}
}

func oneALine(errs []error) string {
	var out string
	for _, e := range errs {
		out += e.Error() + "\n"
	}
	return out
}

func (d *Diagnosis) mergeProblems(o *Diagnosis) {
	if o.Problems != nil {
		n := d.Problem
		for _, err := range o.Problems.Errors {
			d.AddProblem(err)
		}
		d.Problem = n
	}
	d.Problem += o.Problem
	d.sortProblems()
}

// sortProblems puts the problems in order and keeps the first ones.
func (d *Diagnosis) sortProblems() {
	if d.Problems != nil {
		d.Problems = &multierror.Error{Errors: firstProblems(d.Problems.Errors), ErrorFormat: oneALine}
	}
}

func firstProblems(errs []error) []error {
	errs = slices.Clone(errs)
	slices.SortStableFunc(errs, func(a, b error) int {
		x, y := asProblem(a), asProblem(b)
		return cmp.Or(comparePlace(x.Place, y.Place), cmp.Compare(fmt.Sprint(x.Err), fmt.Sprint(y.Err)))
	})
	return errs[:min(len(errs), keptProblems)]
}

// ProblemList returns the problems that are kept, with their places.
func (d *Diagnosis) ProblemList() []*evidence.Problem {
	if d.Problems == nil {
		return nil
	}
	var out []*evidence.Problem
	for _, err := range d.Problems.Errors[:min(len(d.Problems.Errors), keptProblems)] {
		out = append(out, asProblem(err))
	}
	return out
}

func asProblem(err error) *evidence.Problem {
	var p *evidence.Problem
	if !errors.As(err, &p) {
		p = &evidence.Problem{Err: err}
	}
	return p
}
