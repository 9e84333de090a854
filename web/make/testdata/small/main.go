// Command small does what a stripped program must still do: it recovers from
// panics, grows stacks, collects, and calls what was made at run time.
package main

import (
	"fmt"
	"os"
	"reflect"
	"runtime"
	"sync"
)

type node struct {
	left, right *node
	text        string
}

func grow(depth int) *node {
	if depth == 0 {
		return &node{text: fmt.Sprint("leaf ", depth)}
	}
	var room [256]byte
	room[depth%256] = byte(depth)
	n := &node{left: grow(depth - 1), text: string(room[depth%256])}
	if depth%7 == 0 {
		runtime.GC()
	}
	return n
}

func (n *node) count() int {
	if n == nil {
		return 0
	}
	return 1 + n.left.count() + n.right.count()
}

func caught(f func()) (why any) {
	defer func() { why = recover() }()
	defer func() {
		defer func() { fmt.Println("inner:", recover()) }()
		panic("within a deferred call")
	}()
	f()
	return nil
}

func main() {
	var wait sync.WaitGroup
	sums := make([]int, 20)
	for i := range sums {
		wait.Go(func() { sums[i] = grow(50 * i).count() })
	}
	wait.Wait()
	fmt.Println(sums)
	var none []int
	var nothing *node
	fmt.Println(caught(func() { none[len(os.Args)+5] = 1 }))
	fmt.Println(caught(func() { nothing.text = "" }))
	fmt.Println(caught(func() { panic(fmt.Errorf("an error")) }))
	fmt.Println(caught(func() { _ = any(sums).(string) }))
	add := reflect.MakeFunc(reflect.TypeFor[func(*node, string) string](), func(in []reflect.Value) []reflect.Value {
		runtime.GC()
		grow(40)
		return []reflect.Value{reflect.ValueOf(in[0].Interface().(*node).text + in[1].String())}
	}).Interface().(func(*node, string) string)
	fmt.Println(add(&node{text: "made at "}, "run time"))
	counted := reflect.ValueOf(grow(30)).MethodByName("Count").Interface().(func() int)
	fmt.Println(counted())
	if len(os.Args) > 1 {
		_, file, line, _ := runtime.Caller(0)
		pc, _, _, _ := runtime.Caller(0)
		fmt.Printf("here: %q %v %q\n", runtime.FuncForPC(pc).Name(), line > 0, file)
	}
}

// Count is called by its name.
func (n *node) Count() int { return n.count() }
