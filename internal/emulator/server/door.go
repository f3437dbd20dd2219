package server

import (
	"context"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// maxWaiting bounds the connections that no TLS was begun on. For one more, the
// one that has waited longest goes: it is idle, or was never ours.
const maxWaiting = 512

// recordHandshake is the first byte of a TLS connection (RFC 8446 section 5.1).
const recordHandshake = 22

// door lets one address speak TLS and plain HTTP: the first byte of a connection
// says which. Programs that are told a proxy and programs that are told an
// address so need no second port.
type door struct {
	listener   net.Listener
	tls, plain *hall
	shut       chan struct{}

	mu      sync.Mutex
	waiting []net.Conn // without a first byte or without TLS, the oldest first
	closed  bool
	running sync.WaitGroup
}

func newDoor(l net.Listener) *door {
	d := &door{listener: l, shut: make(chan struct{})}
	d.tls, d.plain = newHall(d), newHall(d)
	d.running.Go(d.accept)
	return d
}

// Close ends the listener and every connection that no server has yet, and
// waits until nothing runs any more. It may be called more than once.
func (d *door) Close() error {
	err := d.listener.Close()
	d.mu.Lock()
	if !d.closed {
		d.closed = true
		close(d.shut)
		for _, c := range d.waiting {
			c.Close()
		}
		d.waiting = nil
	}
	d.mu.Unlock()
	d.running.Wait()
	return err
}

// accept hands a failure to the TLS server, which judges it: that is the pause
// between two tries when the process has no file descriptors left, or the end.
func (d *door) accept() {
	for {
		c, err := d.listener.Accept()
		if err != nil {
			select {
			case d.tls.failures <- err:
				continue
			case <-d.shut:
				return
			}
		}
		if !d.enter(c) {
			c.Close()
			return
		}
		d.running.Go(func() { d.sort(c) })
	}
}

func (d *door) enter(c net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	if len(d.waiting) >= maxWaiting {
		d.waiting[0].Close() // whoever serves it notices
		d.waiting = slices.Delete(d.waiting, 0, 1)
	}
	d.waiting = append(d.waiting, c)
	return true
}

func (d *door) leave(c net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if i := slices.Index(d.waiting, c); i >= 0 {
		d.waiting = slices.Delete(d.waiting, i, i+1)
	}
}

// sort reads the first byte and passes the connection on. The servers have time
// limits of their own for what follows.
func (d *door) sort(c net.Conn) {
	var first [1]byte
	_ = c.SetReadDeadline(time.Now().Add(headerTimeout))
	if _, err := c.Read(first[:]); err != nil {
		d.leave(c)
		c.Close()
		return
	}
	_ = c.SetReadDeadline(time.Time{})
	if first[0] != recordHandshake {
		d.plain.put(&begun{Conn: c, read: first[:]}) // leaves when it ends
		return
	}
	d.leave(c)
	d.tls.put(&begun{Conn: c, read: first[:]})
}

// hall is a listener of connections that were accepted elsewhere.
type hall struct {
	door        *door
	connections chan net.Conn
	failures    chan error
}

func newHall(d *door) *hall {
	return &hall{door: d, connections: make(chan net.Conn), failures: make(chan error)}
}

// put waits until the connection is taken, or closes it with the door.
func (h *hall) put(c net.Conn) {
	select {
	case h.connections <- c:
	case <-h.door.shut:
		c.Close()
	}
}

func (h *hall) Accept() (net.Conn, error) {
	select {
	case c := <-h.connections:
		return c, nil
	case err := <-h.failures:
		return nil, err
	case <-h.door.shut:
		return nil, net.ErrClosed
	}
}

func (h *hall) Close() error   { return h.door.Close() }
func (h *hall) Addr() net.Addr { return h.door.listener.Addr() }

// begun is a connection of which something was read already.
type begun struct {
	net.Conn
	read []byte
}

func (b *begun) Read(p []byte) (int, error) {
	if len(b.read) == 0 {
		return b.Conn.Read(p)
	}
	n := copy(p, b.read)
	b.read = b.read[n:]
	return n, nil
}

// NetConn is the connection beneath, as with tls.Conn.
func (b *begun) NetConn() net.Conn { return b.Conn }

// CloseWrite lets net/http end an answer so that a client which is still
// sending can read it.
func (b *begun) CloseWrite() error {
	if c, can := b.Conn.(interface{ CloseWrite() error }); can {
		return c.CloseWrite()
	}
	return nil
}

// doorKey is the context's key for the door that a plain connection came by.
type doorKey struct{}

// serveDoor serves both kinds of connection until Close.
func (s *Server) serveDoor(l net.Listener) error {
	d := newDoor(l)
	defer d.Close()
	plain := s.plainServer()
	plain.BaseContext = func(net.Listener) context.Context {
		return context.WithValue(s.http.BaseContext(l), doorKey{}, d)
	}
	// net/http leaves a connection that it refused open for half a second; nothing
	// shall run after Close. New connections are counted by what plain.Serve runs.
	var running, open sync.WaitGroup
	plain.ConnState = func(c net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed, http.StateHijacked:
			d.leave(c.(*begun).Conn)
			open.Done()
		}
	}
	defer open.Wait()
	defer running.Wait()
	defer plain.Close()
	running.Go(func() { _ = plain.Serve(d.plain) }) // ends with the door
	return s.http.ServeTLS(s.connections.on(d.tls), "", "")
}

// plainServer has the limits of the TLS server. It speaks no HTTP/2: that begins
// in plain text with a method which net/http refuses.
func (s *Server) plainServer() *http.Server {
	return &http.Server{
		Handler:           http.HandlerFunc(s.servePlain),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          s.http.ErrorLog,
	}
}
