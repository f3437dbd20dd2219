package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

// liveEvery is how long a terminal shows nothing before the live line begins, and how
// often the line is updated.
const liveEvery = time.Second

// echo is what a terminal shows after the line for Ctrl-C.
const echo = "^C"

// live is one line on standard error that names what a run is waiting for. It is on a
// terminal only, and erased before anything else is written there.
type live struct {
	app *App

	mu    sync.Mutex
	works []*work   // the longest first
	since time.Time // since when a person waits and the terminal shows nothing new; zero for a new wait
	idle  time.Time // when the last work ended
	timer *time.Timer
	shown int  // columns of the line that is shown
	asks  int  // questions that are open on the terminal, not by way of standard error
	off   bool // another program may write to the terminal
}

// work is something that takes time.
type work struct {
	what, detail string
	began        time.Time
}

// Working names what the run is doing, on a terminal that shows nothing new for a
// second: "what (detail, 3 s)…". The returned function ends the work, as ctx does.
func (a *App) Working(ctx context.Context, what, detail string) (done func()) {
	if a.live == nil || a.Format != "text" || a.Quiet {
		return func() {}
	}
	ci, _ := a.LookupEnv("CI")
	kind, _ := a.LookupEnv("TERM")
	if _, tty := a.TerminalWidth(a.Stderr); !tty || ci != "" || kind == "dumb" {
		return func() {}
	}
	printable := func(r rune) bool { return r >= ' ' && r <= '~' } // each has one column
	w := &work{text.Escape(what, printable), text.Escape(detail, printable), time.Now()}
	a.live.begin(w)
	stop := context.AfterFunc(ctx, func() { a.live.end(w) })
	return func() {
		stop()
		a.live.end(w)
	}
}

// WaitingFor is Working for the answer of a host; without a host it does nothing.
func (a *App) WaitingFor(ctx context.Context, host, detail string) (done func()) {
	if host == "" {
		return func() {}
	}
	if a.MaskIDs { // the host has the account
		host = "the server"
	}
	return a.Working(ctx, "waiting for "+host, detail)
}

// CheckWaits is WaitingFor for a check.
func (a *App) CheckWaits(ctx context.Context, id finding.CheckID, host string) (done func()) {
	return a.WaitingFor(ctx, host, string(id)+" check")
}

func (l *live) begin(w *work) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.works) == 0 {
		if s, ok := l.app.Stderr.(*sink); ok {
			s.open = false // a terminal echoed the end of the line that answered a question
		}
	}
	if l.since.IsZero() || len(l.works) == 0 && time.Since(l.idle) > liveEvery {
		l.since = w.began
	}
	l.works = append(l.works, w)
	l.update()
}

func (l *live) end(w *work) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.works, w); i >= 0 {
		l.works, l.idle = slices.Delete(l.works, i, i+1), time.Now()
		l.update()
	}
}

// tick updates the line for the next second.
func (l *live) tick() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.update()
}

// update draws or erases the line, and sets the time of the next update.
func (l *live) update() {
	if l.timer == nil {
		l.timer = time.AfterFunc(liveEvery, l.tick)
	}
	quiet := time.Since(l.since)
	switch {
	case len(l.works) == 0:
		l.erase()
		l.timer.Stop()
		return
	case quiet >= liveEvery && l.clear():
		l.draw()
	}
	l.timer.Reset(liveEvery - quiet%liveEvery)
}

// clear reports whether the cursor is at the beginning of a line, and nothing else uses
// the terminal.
func (l *live) clear() bool {
	for _, w := range []io.Writer{l.app.Stdout, l.app.Stderr} {
		if s, ok := w.(*sink); ok && s.tty && s.open {
			return false
		}
	}
	return l.asks == 0 && !l.off
}

// draw writes the line over the one that is shown.
func (l *live) draw() {
	w, dots := l.works[0], "…"
	if l.app.ascii(l.app.Stderr) {
		dots = "..."
	}
	detail := w.detail
	if seconds := int(time.Since(w.began) / time.Second); seconds > 0 {
		detail = strings.TrimPrefix(fmt.Sprintf("%s, %d s", detail, seconds), ", ")
	}
	line := w.what + dots
	if detail != "" {
		line = w.what + " (" + detail + ")" + dots
	}
	columns, _ := l.app.TerminalWidth(l.app.Stderr)
	columns -= 1 + len(echo) // in the last column, some terminals begin the next line
	if utf8.RuneCountInString(line) > columns {
		head, _ := text.CutRunes(line, max(0, columns-utf8.RuneCountInString(dots)))
		line = head + dots
	}
	length := utf8.RuneCountInString(line)
	if length > columns {
		return // no terminal is so narrow
	}
	fmt.Fprintf(unwrapped(l.app.Stderr), "\r%s%s", line, strings.Repeat(" ", max(0, l.shown-length)))
	l.shown = max(length, l.shown)
}

// erase leaves an empty line, with the cursor at its beginning. It needs no escape
// sequence, which some consoles of Windows would print.
func (l *live) erase() {
	if l.shown > 0 {
		fmt.Fprintf(unwrapped(l.app.Stderr), "\r%s\r", strings.Repeat(" ", l.shown+len(echo)))
		l.shown = 0
	}
}

// interrupt erases the line, because the terminal is about to show something else.
func (l *live) interrupt() {
	l.erase()
	l.since = time.Time{}
	if len(l.works) > 0 {
		l.since = time.Now()
		l.timer.Reset(liveEvery)
	}
}

// asking keeps the line away until the returned function is called.
func (l *live) asking() (answered func()) {
	change := func(n int) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.asks += n
		l.interrupt()
	}
	if l == nil {
		return func() {}
	}
	change(1)
	return func() { change(-1) }
}

// yield erases the line before a stream is written to: once and for all where that is not
// a terminal. The returned function ends the write.
func (l *live) yield(tty bool) (written func()) {
	if l == nil {
		return func() {}
	}
	l.mu.Lock()
	if !tty { // the reader of a pipe may write to the terminal from now on
		defer l.mu.Unlock()
		l.erase()
		l.off = true
		return func() {}
	}
	l.interrupt()
	return l.mu.Unlock
}
