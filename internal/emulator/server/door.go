package server

import (
	"net"
	"slices"
	"sync"
	"time"
)

// maxWaiting bounds the connections that no TLS was begun on. For one more, the
// one that has waited longest goes: it is idle, or was never ours.
const maxWaiting = 512

// recordHandshake is the first byte of a TLS connection (RFC 8446 section 5.1).
const recordHandshake = 22

// door is a listener for TLS and plain HTTP on one address: the first byte of a
// connection says which. Programs that are told a proxy and programs that are told
// an address so need no second port.
type door struct {
	net.Listener
	secure   func(net.Conn) net.Conn // begins TLS
	sorted   chan *begun
	failures chan error
	shut     chan struct{}

	mu      sync.Mutex
	waiting []net.Conn // without a first byte or without TLS, the oldest first
	closed  bool
	running sync.WaitGroup
}

func newDoor(l net.Listener, secure func(net.Conn) net.Conn) *door {
	d := &door{Listener: l, secure: secure, sorted: make(chan *begun), failures: make(chan error), shut: make(chan struct{})}
	d.running.Go(d.enterAll)
	return d
}

// Accept returns a connection that speaks plain HTTP, a *begun, or one that speaks
// TLS.
func (d *door) Accept() (net.Conn, error) {
	select {
	case c := <-d.sorted:
		if c.tls {
			return d.secure(c), nil
		}
		return c, nil
	case err := <-d.failures:
		return nil, err
	case <-d.shut:
		return nil, net.ErrClosed
	}
}

// Close ends the listener and every connection that no server has yet, and
// waits until nothing runs any more. It may be called more than once.
func (d *door) Close() error {
	err := d.Listener.Close()
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

// enterAll hands a failure to the server, which judges it: that is the pause
// between two tries when the process has no file descriptors left, or the end.
func (d *door) enterAll() {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			select {
			case d.failures <- err:
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

// sort reads the first byte and passes the connection on. The server has time
// limits of its own for what follows.
func (d *door) sort(c net.Conn) {
	var first [1]byte
	_ = c.SetReadDeadline(time.Now().Add(headerTimeout))
	if _, err := c.Read(first[:]); err != nil {
		d.leave(c)
		c.Close()
		return
	}
	_ = c.SetReadDeadline(time.Time{})
	secure := first[0] == recordHandshake
	if secure { // else it leaves when it ends
		d.leave(c)
	}
	d.put(&begun{Conn: c, read: first[:], door: d, tls: secure})
}

// put waits until the connection is accepted, or closes it with the door.
func (d *door) put(c *begun) {
	select {
	case d.sorted <- c:
	case <-d.shut:
		c.Close()
	}
}

// begun is a connection of which something was read already.
type begun struct {
	net.Conn
	read []byte
	door *door
	tls  bool
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
