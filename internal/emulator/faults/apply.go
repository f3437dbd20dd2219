package faults

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxHang ends a fault that would otherwise last as long as the connection.
const maxHang = 10 * time.Minute

// writeWait is how long a broken answer waits for a client that does not read.
const writeWait = 10 * time.Second

// Apply breaks one answer and returns its status. 0 means that the right answer must
// still be written, through Wrap. Without a complete answer it panics with
// http.ErrAbortHandler, as net/http requires. Over HTTP/2 that ends only the stream.
func (f Fault) Apply(w http.ResponseWriter, r *http.Request) (status int) {
	if rewrites[f.Kind] != nil {
		return 0
	}
	switch f.Kind {
	case Delay:
		f.delay(w, r)
		return 0
	case WrongType, HangBody, Truncated, LengthLie, FailedAfter, LostAfter, ListLate:
		return 0
	case Hang:
		extendDeadline(w)
		drain(r)
		wait(r.Context(), maxHang)
		panic(http.ErrAbortHandler)
	case Reset:
		reset(w)
	case MalformedHeader:
		return raw(w, r, http.StatusOK, "Content-Type: application/json\r\n"+malformedHeader, "{}")
	case Endless:
		endless(w, r)
	case GzipBomb:
		return bomb(w)
	}
	return f.page(w)
}

// Wrap returns the writer for the right answer after Apply returned 0. The answer must
// be written with one call of Write, which may abort the request.
func (f Fault) Wrap(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	switch f.Kind {
	case WrongType:
		return &retyped{wrapper{w}}
	case HangBody, Truncated:
		return &cut{wrapper{w}, r, f.Kind == HangBody}
	case FailedAfter, LostAfter, ListLate:
		return &carriedOut{wrapper{w}, f.Kind, 0}
	case LengthLie:
		return &lying{wrapper: wrapper{w}, request: r}
	}
	if rewrites[f.Kind] != nil {
		return &rewritten{wrapper: wrapper{w}, request: r, kind: f.Kind}
	}
	return w
}

// page writes a complete, but wrong answer.
func (f Fault) page(w http.ResponseWriter) int {
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	const html = "text/html; charset=utf-8"
	switch f.Kind {
	case Redirect:
		w.Header().Set("Location", f.Location)
		return write(w, http.StatusFound, html, "<html><title>Found</title></html>\n")
	case CaptivePortal:
		w.Header().Set("Location", portalURL)
		w.Header().Set("Cache-Control", "no-store")
		return write(w, http.StatusFound, html, portalPage)
	case Unavailable, Flaky:
		return write(w, http.StatusServiceUnavailable, restError, unavailableBody)
	case RateLimited:
		return write(w, http.StatusTooManyRequests, restError, rateLimitedBody)
	case Conflict:
		return write(w, http.StatusConflict, restError, conflictBody)
	case TooLarge:
		return write(w, http.StatusRequestEntityTooLarge, restError, tooLargeBody)
	}
	return write(w, http.StatusOK, html, loginPage)
}

func write(w http.ResponseWriter, status int, contentType, body string) int {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // the client may be gone
	return status
}

// drain reads the request's body. Only then net/http notices a client that leaves, and
// closing the connection does not reset it.
func drain(r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }

// extendDeadline moves the connection's deadline past the longest fault.
func extendDeadline(w http.ResponseWriter) {
	c := http.NewResponseController(w)
	end := time.Now().Add(maxHang + writeWait)
	_ = c.SetReadDeadline(end) // a writer without deadlines needs none
	_ = c.SetWriteDeadline(end)
}

// wait reports whether the time passed before the request ended.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (f Fault) delay(w http.ResponseWriter, r *http.Request) {
	extendDeadline(w)
	body, err := io.ReadAll(r.Body) // the caller bounds it
	if err == nil {
		err = io.EOF
	}
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
	if !wait(r.Context(), f.After) {
		panic(http.ErrAbortHandler)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// wrapper lets http.ResponseController reach the connection.
type wrapper struct{ http.ResponseWriter }

func (w wrapper) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// cut sends half of a body under the Content-Length of the whole, then waits or ends.
type cut struct {
	wrapper
	request *http.Request
	hang    bool
}

func (w *cut) Write(body []byte) (int, error) {
	extendDeadline(w.ResponseWriter)
	drain(w.request)
	_, _ = w.ResponseWriter.Write(body[:len(body)/2])        // the client may be gone
	_ = http.NewResponseController(w.ResponseWriter).Flush() // else nothing is sent
	if w.hang {
		wait(w.request.Context(), maxHang)
	}
	panic(http.ErrAbortHandler)
}

// lying sends a body under half of its Content-Length. The rest follows on the same
// connection, as if a next answer began.
type lying struct {
	wrapper
	request *http.Request
	status  int
}

func (w *lying) WriteHeader(status int) { w.status = status }

func (w *lying) Write(body []byte) (int, error) {
	header := w.Header().Clone()
	header.Del("Date") // raw has it
	header.Set("Content-Length", strconv.Itoa(len(body)/2))
	var lines bytes.Buffer
	_ = header.Write(&lines) // to memory
	raw(w.ResponseWriter, w.request, w.status, lines.String(), string(body))
	return len(body), nil
}

func endless(w http.ResponseWriter, r *http.Request) {
	extendDeadline(w)
	drain(r)
	chunk := []byte(strings.Repeat(`{"id":"107","links":[]},`, 1000))
	end := time.Now().Add(maxHang)
	write(w, http.StatusOK, "application/json", `{"items":[`)
	for r.Context().Err() == nil && time.Now().Before(end) {
		if _, err := w.Write(chunk); err != nil {
			break
		}
	}
	panic(http.ErrAbortHandler)
}

// reset resets the connection as a firewall does, or the stream over HTTP/2.
func reset(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		if tcp, is := tcpConn(conn).(*net.TCPConn); is {
			_ = tcp.SetLinger(0)
			tcp.Close() // without a TLS close_notify
		}
		conn.Close()
	}
	panic(http.ErrAbortHandler)
}

// tcpConn is the connection below TLS.
func tcpConn(conn net.Conn) net.Conn {
	for {
		upper, is := conn.(interface{ NetConn() net.Conn })
		if !is {
			return conn
		}
		conn = upper.NetConn()
	}
}

// raw writes these bytes after the status line and the Date, and returns the status.
func raw(w http.ResponseWriter, r *http.Request, status int, header, body string) int {
	drain(r)
	date := w.Header().Get("Date")
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(writeWait))
	if date != "" {
		date = "Date: " + date + "\r\n"
	}
	// The connection ends when the client closes it or sends another request, or when the
	// server stops.
	stop := context.AfterFunc(r.Context(), func() { conn.Close() })
	defer stop()
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\n%s%s\r\n%s", status, http.StatusText(status), date, header, body)
	_, _ = conn.Read(make([]byte, 1))
	return status
}

const malformedHeader = "this line is not a header\r\nContent-Length: 2\r\n"

// The gzip bomb repeats a block of zeros, which is a whole number of bytes long.
const (
	bombBlock  = 1 << 20
	bombBlocks = 1 << 10
)

func bomb(w http.ResponseWriter) int {
	zeros := make([]byte, bombBlock)
	var block bytes.Buffer
	deflate, err := flate.NewWriter(&block, flate.BestCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	_, _ = deflate.Write(zeros) // to memory
	_ = deflate.Flush()

	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Encoding", "gzip")
	w.WriteHeader(http.StatusOK)
	sum := uint32(0)
	_, err = w.Write([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff}) // RFC 1952, section 2.3
	for i := 0; i < bombBlocks && err == nil; i++ {
		_, err = w.Write(block.Bytes())
		sum = crc32.Update(sum, crc32.IEEETable, zeros)
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	end := binary.LittleEndian.AppendUint32([]byte{3, 0}, sum) // an empty last block
	_, _ = w.Write(binary.LittleEndian.AppendUint32(end, bombBlock*bombBlocks))
	return http.StatusOK
}

// retyped gives every answer the Content-Type of a page.
type retyped struct{ wrapper }

func (w *retyped) WriteHeader(status int) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.ResponseWriter.WriteHeader(status)
}

const (
	restError = "application/vnd.oracle.resource+json; type=error; charset=UTF-8"

	// A guess: Oracle documents a 503 for RESTlets, and its body nowhere.
	unavailableBody = `{"type":"https://www.rfc-editor.org/rfc/rfc9110.html#section-15.6.4","title":"Service Unavailable","status":503,` +
		`"o:errorDetails":[{"detail":"The service is temporarily unavailable. Try again later.","o:errorCode":"SERVICE_UNAVAILABLE"}]}`

	// Oracle NetSuite Help, section_156570709583, with its title "Bad Request".
	rateLimitedBody = `{"type":"https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5","title":"Bad Request","status":429,` +
		`"o:errorDetails":[{"detail":"Concurrent request limit exceeded. Request blocked.","o:errorCode":"CONCURRENCY_LIMIT_EXCEEDED"}]}`

	// Guesses in the shape of the others.
	failedBody = `{"type":"https://www.rfc-editor.org/rfc/rfc9110.html#section-15.6.1","title":"Internal Server Error","status":500,` +
		`"o:errorDetails":[{"detail":"An unexpected error occurred.","o:errorCode":"UNEXPECTED_ERROR"}]}`
	conflictBody = `{"type":"https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.10","title":"Conflict","status":409,` +
		`"o:errorDetails":[{"detail":"The record was changed by another request.","o:errorCode":"RECORD_CHANGED"}]}`
	tooLargeBody = `{"type":"https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.14","title":"Request Entity Too Large","status":413,` +
		`"o:errorDetails":[{"detail":"The request is larger than the service accepts.","o:errorCode":"REQUEST_TOO_LARGE"}]}`

	loginPage = `<!DOCTYPE html>
<html><head><title>Example Corp Secure Web Gateway: sign in</title></head>
<body><h1>Sign in to continue</h1><form method="post" action="/login"><input name="user"><input name="password" type="password"></form></body></html>
`
	portalURL  = "http://portal.example/login?continue=netsuite"
	portalPage = "<html><head><title>Guest Wi-Fi: accept the terms</title></head></html>\n"
)
