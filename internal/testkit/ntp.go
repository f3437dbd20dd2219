package testkit

import (
	"encoding/binary"
	"net"
	"testing"
	"time"
)

// NTPPacket is an answer of an NTP server (RFC 5905, section 7.3).
type NTPPacket struct {
	Leap, Version, Mode, Stratum byte
	RootDelay, RootDispersion    time.Duration
	ReferenceID                  string        // of stratum 0 the kiss code
	Age                          time.Duration // since the server's own clock was set
	Origin                       []byte        // the query's if nil
}

// HealthyNTP is the answer of a working server.
func HealthyNTP() NTPPacket {
	return NTPPacket{Version: 4, Mode: 4, Stratum: 2, RootDispersion: 10 * time.Millisecond, Age: time.Minute}
}

// Answer gives the bytes that answer query at the server's time now.
func (p NTPPacket) Answer(query []byte, now time.Time) []byte {
	b := make([]byte, 48)
	b[0] = p.Leap<<6 | p.Version<<3 | p.Mode
	b[1], b[2], b[3] = p.Stratum, 6, 0xe9
	short := func(d time.Duration) uint32 { return uint32(d * 65536 / time.Second) }
	stamp := func(t time.Time) uint64 {
		d := t.Sub(time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC))
		return uint64(d/time.Second)<<32 | uint64(d%time.Second)<<32/uint64(time.Second)
	}
	binary.BigEndian.PutUint32(b[4:], short(p.RootDelay))
	binary.BigEndian.PutUint32(b[8:], short(p.RootDispersion))
	copy(b[12:16], p.ReferenceID)
	binary.BigEndian.PutUint64(b[16:], stamp(now.Add(-p.Age)))
	copy(b[24:32], query[40:48])
	if p.Origin != nil {
		copy(b[24:32], p.Origin)
	}
	binary.BigEndian.PutUint64(b[32:], stamp(now))
	binary.BigEndian.PutUint64(b[40:], stamp(now))
	return b
}

// NTPReply says what a server answers to a query: nil for silence.
type NTPReply func(query []byte) []byte

// RightNTP is a server that the local clock is ahead of by this much.
func RightNTP(now func() time.Time, ahead time.Duration) NTPReply {
	return func(query []byte) []byte { return HealthyNTP().Answer(query, now().Add(-ahead)) }
}

// KissOfDeath is a server that refuses all clients.
func KissOfDeath(now func() time.Time) NTPReply {
	p := HealthyNTP()
	p.Stratum, p.ReferenceID, p.Leap = 0, "RATE", 3
	return func(query []byte) []byte { return p.Answer(query, now()) }
}

// UnsynchronizedNTP is a server that says that its clock is not synchronized.
func UnsynchronizedNTP(now func() time.Time) NTPReply {
	p := HealthyNTP()
	p.Stratum = 16
	return func(query []byte) []byte { return p.Answer(query, now()) }
}

// GarbageNTP answers with something other than NTP.
func GarbageNTP([]byte) []byte { return []byte("garbage garbage garbage garbage garbage garbage ") }

// SilentNTP never answers, like a port that a firewall drops.
func SilentNTP([]byte) []byte { return nil }

// ServeNTP answers every datagram on a loopback port, whose address it returns.
func ServeNTP(t testing.TB, reply NTPReply) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 2048)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			if answer := reply(buffer[:n]); answer != nil {
				conn.WriteTo(answer, from)
			}
		}
	}()
	t.Cleanup(func() { conn.Close(); <-done })
	return conn.LocalAddr().String()
}

// PipeNTP is a connection to a server in memory, for tests whose clock is not the
// machine's. It ends when the client closes it.
func PipeNTP(reply NTPReply) net.Conn {
	ours, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		buffer := make([]byte, 2048)
		for {
			n, err := theirs.Read(buffer)
			if err != nil {
				return
			}
			if answer := reply(buffer[:n]); answer != nil {
				if _, err := theirs.Write(answer); err != nil {
					return
				}
			}
		}
	}()
	return ours
}
