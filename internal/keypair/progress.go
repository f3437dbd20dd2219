package keypair

import (
	"fmt"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
)

// progressEvery is the interval at which progress updates the seconds.
const progressEvery = time.Second

// progress shows what is in progress, and for how many seconds, only on a terminal.
// done clears the line.
func progress(a *cli.App, what string) (done func()) {
	if _, tty := a.Width(a.Stderr); !tty || a.JSON() || a.Quiet {
		return func() {}
	}
	if kind, _ := a.LookupEnv("TERM"); kind == "dumb" {
		fmt.Fprintln(a.Stderr, what)
		return func() {}
	}
	fmt.Fprint(a.Stderr, what)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(progressEvery)
		defer ticker.Stop()
		for n := 1; ; n++ {
			select {
			case <-ticker.C:
				fmt.Fprintf(a.Stderr, "\r%s: %d s", what, n)
			case <-stop:
				fmt.Fprintf(a.Stderr, "\r%*s\r", len(what)+len(": 9999 s"), "")
				return
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}
