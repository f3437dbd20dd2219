package fleet

import (
	"context"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/testkit/manyprofiles"
)

// roundTrip is how far away the server of BenchmarkRoundTrips is.
const roundTrip = 80 * time.Millisecond

// farConn is a connection on which each byte arrives a round trip after it was sent back.
type farConn struct {
	net.Conn
	chunks chan chunk
	rest   []byte
}

type chunk struct {
	data []byte
	at   time.Time
	err  error
}

func far(c net.Conn) net.Conn {
	f := &farConn{Conn: c, chunks: make(chan chunk, 1024)}
	go func() {
		for {
			buf := make([]byte, 32<<10)
			n, err := c.Read(buf)
			f.chunks <- chunk{buf[:n], time.Now().Add(roundTrip), err}
			if err != nil {
				return
			}
		}
	}()
	return f
}

func (f *farConn) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		c := <-f.chunks
		time.Sleep(time.Until(c.at))
		if f.rest = c.data; len(f.rest) == 0 {
			return 0, c.err
		}
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// Twelve profiles of twelve accounts, next to one, with a server that is 80 ms away.
func BenchmarkRoundTrips(b *testing.B) {
	f := manyprofiles.New(b, 12, 1, nil, nil, "")
	for _, n := range []int{1, 12} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				r := runOf(b, f, func(w *cli.World) {
					dial := w.Dial
					w.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
						c, err := dial(ctx, network, address)
						if err != nil {
							return nil, err
						}
						time.Sleep(roundTrip)
						return far(c), nil
					}
				})
				r.Names, r.Parallel = r.Names[:n], 12
				if _, err := r.WriteJSON(b.Context(), io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
