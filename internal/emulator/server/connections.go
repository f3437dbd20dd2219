package server

import (
	"container/list"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
)

// DefaultMaxConnections is the maximum number of TLS connections, more than any program
// under test opens. With maxWaiting it is below the usual limit of 1024 files.
const DefaultMaxConnections = 400

// connections keeps the number of open connections below a limit. A new one is always
// accepted: it replaces the one that has been idle longest, or else busy longest.
type connections struct {
	limit   int
	serving sync.WaitGroup // net/http's own goroutines, which outlive handlers by half a second

	mu      sync.Mutex
	open    map[net.Conn]*connection // by the connection below TLS
	waiting list.List                // of *connection, the longest wait first
	busy    list.List
}

type connection struct {
	net.Conn
	in      *list.List
	at      *list.Element
	used    bool // had a request
	greeted bool // sent a ClientHello

	broken bool // by a fault of its handshake
}

func (c *connections) put(conn *connection, in *list.List) {
	if conn.in != nil {
		conn.in.Remove(conn.at)
	}
	conn.in, conn.at = in, in.PushBack(conn)
}

// accepted adds a new connection and returns the one to close, if any.
func (c *connections) accepted(raw net.Conn) (evicted net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open) >= c.limit {
		oldest := c.waiting.Front()
		if oldest == nil {
			oldest = c.busy.Front()
		}
		evicted = c.forget(oldest.Value.(*connection))
	}
	if c.open == nil {
		c.open = make(map[net.Conn]*connection)
	}
	conn := &connection{Conn: raw}
	c.open[raw] = conn
	c.put(conn, &c.waiting)
	return evicted
}

func (c *connections) forget(conn *connection) net.Conn {
	conn.in.Remove(conn.at)
	delete(c.open, conn.Conn)
	return conn.Conn
}

// changed is the server's http.Server.ConnState.
func (c *connections) changed(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		c.serving.Add(1)
	case http.StateClosed, http.StateHijacked:
		defer c.serving.Done()
		if plain, is := conn.(*peeked); is {
			plain.door.leave(plain.Conn)
		}
	}
	if secure, is := conn.(*tls.Conn); is {
		conn = secure.NetConn()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.open[conn]
	if known == nil {
		return // evicted
	}
	switch state {
	case http.StateActive:
		known.used = true
		c.put(known, &c.busy)
	case http.StateIdle:
		c.put(known, &c.waiting)
	case http.StateClosed, http.StateHijacked:
		c.forget(known)
	}
}

// closeIdle closes the connections that wait for another request.
func (c *connections) closeIdle() {
	c.mu.Lock()
	var idle []net.Conn
	for e := c.waiting.Front(); e != nil; e = e.Next() {
		if conn := e.Value.(*connection); conn.used {
			idle = append(idle, conn.Conn)
		}
	}
	c.mu.Unlock()
	for _, conn := range idle {
		conn.Close() // its reader notices, and changed forgets it
	}
}

// mark records what happened in the handshake of a connection.
func (c *connections) mark(conn net.Conn, mark func(*connection)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.open[conn]; known != nil {
		mark(known)
	}
}

// greeted reports whether a ClientHello came from this address, and whether a
// fault broke what followed.
func (c *connections) greeted(peer string) (greeted, broken bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn, known := range c.open {
		if known.greeted && conn.RemoteAddr().String() == peer {
			return true, known.broken
		}
	}
	return false, false
}
