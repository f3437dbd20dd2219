package server

import (
	"net"
	"slices"
	"sync"
	"time"
)

// maxWaiting is the maximum number of connections without TLS. One more closes the one
// that has waited longest.
const maxWaiting = 512

// recordHandshake is the first byte of a TLS connection (RFC 8446 section 5.1).
const recordHandshake = 22

// door is a listener for TLS and plain HTTP on one address, told apart by the first byte
// of a connection. So programs that use a proxy need no second port.
type door struct {
	net.Listener
	secure   func(net.Conn) net.Conn // starts TLS
	sorted   chan *peeked
	failures chan error
	shut     chan struct{}

	mu      sync.Mutex
	waiting []net.Conn // without a first byte or without TLS, the oldest first
	closed  bool
	running sync.WaitGroup
}

func newDoor(l net.Listener, secure func(net.Conn) net.Conn) *door {
	d := &door{Listener: l, secure: secure, sorted: make(chan *peeked), failures: make(chan error), shut: make(chan struct{})}
	d.running.Go(d.acceptAll)
	return d
}

// Accept returns a *peeked for plain HTTP, or a TLS connection.
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

// Close closes the listener and every connection that was not accepted yet, and waits
// until everything has stopped. It may be called more than once.
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

// acceptAll passes failures on to the server, which decides: it pauses when the process
// has no file descriptors left, or stops.
func (d *door) acceptAll() {
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
		d.waiting[0].Close() // its goroutine notices
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

// sort reads the first byte and passes the connection on. The server has its own
// timeouts for what follows.
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
	if secure { // else it leaves when it is closed
		d.leave(c)
	}
	d.put(&peeked{Conn: c, read: first[:], door: d, tls: secure})
}

// put waits until the connection is accepted, or closes it with the door.
func (d *door) put(c *peeked) {
	select {
	case d.sorted <- c:
	case <-d.shut:
		c.Close()
	}
}

// peeked is a connection whose first bytes were read.
type peeked struct {
	net.Conn
	read []byte
	door *door
	tls  bool
}

func (p *peeked) Read(data []byte) (int, error) {
	if len(p.read) == 0 {
		return p.Conn.Read(data)
	}
	n := copy(data, p.read)
	p.read = p.read[n:]
	return n, nil
}

// NetConn is the underlying connection, as in tls.Conn.
func (p *peeked) NetConn() net.Conn { return p.Conn }

// CloseWrite lets net/http end an answer while the client still sends.
func (p *peeked) CloseWrite() error {
	if c, can := p.Conn.(interface{ CloseWrite() error }); can {
		return c.CloseWrite()
	}
	return nil
}
