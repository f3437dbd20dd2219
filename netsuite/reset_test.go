package netsuite_test

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/nsauth/nsauth/netsuite"
)

// resetConn is a connection that the server reset as soon as it was made.
type resetConn struct{ net.Conn }

func (c resetConn) Read([]byte) (int, error) {
	return 0, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
}

// A server that resets at accept has one answer, whether connect still ends well or not.
func TestD12ResetAtAccept(t *testing.T) {
	for name, dial := range map[string]func(context.Context, string, string) (net.Conn, error){
		"in connect": func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNRESET)}
		},
		"in the handshake": func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() { // the ClientHello arrives
				buf := make([]byte, 64<<10)
				for {
					if _, err := far.Read(buf); err != nil {
						return
					}
				}
			}()
			return resetConn{near}, nil
		},
	} {
		for _, url := range []string{"https://1234567.suitetalk.api.netsuite.com", "http://127.0.0.1:1"} {
			c, err := netsuite.New(netsuite.Options{APIURL: url, DialContext: dial})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Do(t.Context(), netsuite.Request{URL: "/services/rest/x"})
			c.CloseIdle()
			var broken *netsuite.ConnectError
			want := netsuite.TLSHandshake
			if url[:5] == "http:" {
				want = netsuite.Reset
			}
			if !errors.As(err, &broken) || broken.Kind != want {
				t.Errorf("%s, %s: %v, want %s", name, url, err, want)
			}
		}
	}
}

// Windows has its own numbers for what other systems call ECONNREFUSED and ECONNRESET.
func TestWinsockErrors(t *testing.T) {
	for number, want := range map[syscall.Errno]netsuite.ConnectKind{10061: netsuite.Refused, 10054: netsuite.Reset, 10053: netsuite.Reset} {
		c, err := netsuite.New(netsuite.Options{APIURL: "http://127.0.0.1:1", DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connectex", number)}
		}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Do(t.Context(), netsuite.Request{URL: "/services/rest/x"})
		var broken *netsuite.ConnectError
		if !errors.As(err, &broken) || broken.Kind != want {
			t.Errorf("%d: %v, want %s", uintptr(number), err, want)
		}
	}
}
