// An ordinary Go program: run_portable.py compares what it does here with what it does natively.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	for index, argument := range os.Args[1:] {
		fmt.Printf("argument %d: %s\n", index, argument)
	}
	fmt.Printf("variable: %s\n", os.Getenv("VARIABLE"))
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Printf("line: %s\n", lines.Text())
	}
	must(os.Mkdir("work/made", 0o755))
	must(os.WriteFile("work/made/text", []byte("some text\n"), 0o644))
	must(os.Rename("work/made/text", "work/made/other"))
	text, err := os.ReadFile("work/made/other")
	must(err)
	fmt.Printf("%q\n", text)
	entries, err := os.ReadDir("work/made")
	must(err)
	for _, entry := range entries {
		fmt.Println(entry.Name(), entry.IsDir())
	}
	_, err = os.Open("work/none")
	fmt.Println(errors.Is(err, fs.ErrNotExist))
	must(os.RemoveAll("work/made"))
	sums := make(chan int)
	for part := 0; part < 4; part++ {
		go func(part int) {
			sum := 0
			for number := part; number < 100000; number += 4 {
				sum += number
			}
			sums <- sum
		}(part)
	}
	fmt.Println(<-sums + <-sums + <-sums + <-sums)
	start := time.Now()
	time.Sleep(2 * time.Millisecond)
	fmt.Println(time.Since(start) >= 2*time.Millisecond)
	os.Exit(37)
}
