package call

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/paginate"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// refused is an answer in place of a page that is none.
type refused struct{ answer *incoming }

func (r *refused) Error() string { return fmt.Sprintf("HTTP %d", r.answer.Status) }

// pages follows the pages of a list. What is printed is one valid JSON array,
// also when the list breaks off; the exit code tells that it did.
func (r *caller) pages(ctx context.Context, request netsuite.Request) error {
	out := &listWriter{w: bufio.NewWriterSize(r.Stdout, 64<<10), lines: r.options.JSONLines}
	if r.filter != nil {
		out.filter = func(document []byte) error { return r.filter.run(ctx, out.w, document) }
	}
	asked := request
	at := func(ref string) netsuite.Request {
		page := request
		page.URL = ref
		return page
	}
	walk := paginate.Walk{
		Resolve:  func(ref string) (*url.URL, error) { return paginate.URLOf(r.line.Client.HTTPRequest(at(ref))) },
		MaxPages: r.options.MaxPages,
		Item:     out.item,
		Done:     out.flush,
		Open: func(ctx context.Context, ref string, _ int) (io.ReadCloser, error) {
			asked = at(ref)
			answer, err := r.open(ctx, asked)
			if err != nil {
				return nil, err
			}
			if !answer.ok() || answer.IsHTML() { // which its type says
				answer.look() // ctx ends with this function where it fails, and the body with ctx
			}
			if _, bad := checks.JudgeAnswer(answer.request, answer.Answer, false); bad && (!answer.ok() || answer.IsHTML()) { // which its body says
				return nil, &refused{answer}
			}
			if r.options.HAR == "" {
				answer.DiscardBody()
			}
			return answer, nil
		},
	}
	got, err := walk.Run(ctx, request.URL)
	if failed := out.close(err == nil); failed != nil {
		return failed
	}
	switch err := err.(type) {
	case nil:
	case *refused:
		return r.refusedPage(ctx, err.answer, out.began)
	case *paginate.Fault:
		return r.explain(ctx, asked, nil, nil, new(fault.OfPages(err)))
	default:
		var broken *netsuite.ConnectError
		if errors.As(err, &broken) && broken.Answer != nil { // in the body of a page: the next one may have been asked for
			asked.URL = broken.Answer.URL
		}
		return r.failed(ctx, asked, err)
	}
	if got.AtLimit && !r.Quiet {
		fmt.Fprintf(r.Stderr, "nsauth: note: the list ended after %s with %s, where NetSuite ends every list; it says that this is all\n",
			text.Counted(got.Pages, "page"), text.Counted(got.Items, "record"))
	}
	if got.More {
		fmt.Fprintf(r.Stderr, "nsauth: note: the list is not complete: --max-pages stopped after %s with %s\n",
			text.Counted(got.Pages, "page"), text.Counted(got.Items, "record"))
	}
	return nil
}

// refusedPage hands over the answer in place of a page, or its first megabyte.
// Behind records it would spoil the array, so it goes to standard error then.
func (r *caller) refusedPage(ctx context.Context, answer *incoming, behind bool) error {
	defer answer.Close()
	to := r.copyBody
	if behind {
		to = func(body io.Reader) error {
			text, err := io.ReadAll(body)
			fmt.Fprintln(r.Stderr, printable(text))
			return err
		}
	}
	if err := to(io.LimitReader(answer, netsuite.MaxBody)); err != nil {
		var broken *netsuite.ConnectError
		if !errors.As(err, &broken) {
			return err
		}
		return r.explain(ctx, answer.request, answer.Answer, err, nil)
	}
	r.settle(ctx, answer)
	return r.explain(ctx, answer.request, answer.Answer, nil, nil)
}

// listWriter prints the records of a list: one array, or a record a line, or what
// a filter makes of either. Without a filter over the whole it holds no record.
type listWriter struct {
	w      *bufio.Writer
	lines  bool
	filter func(document []byte) error // nil for none
	whole  bytes.Buffer                // for a filter over the whole
	count  int
	began  bool // something was printed
}

func (l *listWriter) item(raw json.RawMessage) error {
	if bytes.IndexByte(raw, '\n') >= 0 || bytes.IndexByte(raw, '\r') >= 0 { // only between values: in a text they are escaped
		var b bytes.Buffer
		if err := json.Compact(&b, raw); err != nil {
			return err
		}
		raw = b.Bytes()
	}
	l.count++
	switch {
	case l.lines && l.filter != nil:
		l.began = true
		return l.filter(raw)
	case l.lines:
		l.began = true
		if _, err := l.w.Write(raw); err != nil {
			return err
		}
		return l.w.WriteByte('\n')
	case l.filter != nil:
		l.separate(&l.whole)
		l.whole.Write(raw)
		if l.whole.Len() > maxWhole {
			return tooLargeForJQ()
		}
		return nil
	}
	l.began = true
	l.separate(l.w)
	_, err := l.w.Write(raw)
	return err
}

// separate writes what stands before a record of an array.
func (l *listWriter) separate(w io.Writer) {
	separator := ",\n"
	if l.count == 1 {
		separator = "[\n"
	}
	_, _ = io.WriteString(w, separator) // a bufio.Writer keeps its error
}

func (l *listWriter) flush() error { return l.w.Flush() }

// close ends the array. Of a list that was refused before its first record there
// is none, and a filter over the whole has only a whole list to work on.
func (l *listWriter) close(whole bool) error {
	end := "\n]\n"
	if l.count == 0 {
		end = "[]\n"
	}
	switch {
	case l.lines, !whole && l.count == 0:
	case l.filter == nil:
		l.began = true
		_, _ = l.w.WriteString(end)
	case whole:
		l.whole.WriteString(end)
		if err := l.filter(l.whole.Bytes()); err != nil {
			l.w.Flush()
			return err
		}
	}
	return l.w.Flush()
}
