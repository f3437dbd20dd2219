package server

import (
	"mime"
	"net"
	"net/http"

	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/text"
)

// maxControl bounds the body of a request that changes the faults.
const maxControl = 64 << 10

// faultsDocument is what /_emulator/faults takes and shows.
type faultsDocument struct {
	Faults []faults.Fault `json:"faults"`
}

// controlFaults shows (GET), replaces (POST) or lifts (DELETE) the faults in
// force. Only this machine may change them, and no web page: a browser asks
// before it sends JSON to another origin, and is not answered.
func (s *Server) controlFaults(r *http.Request) exchange.Answer {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return s.listFaults()
	case http.MethodPost, http.MethodDelete:
	default:
		return exchange.WrongMethod("GET, HEAD, POST, DELETE")
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err != nil || !net.ParseIP(host).IsLoopback() {
		return controlError(http.StatusForbidden, "faults can be changed from this machine only")
	}
	var want faultsDocument
	if r.Method == http.MethodPost {
		if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
			return controlError(http.StatusUnsupportedMediaType, "Content-Type is not application/json")
		}
		body, err := text.ReadAtMost(r.Body, maxControl)
		switch {
		case err != nil:
			return controlError(http.StatusBadRequest, "the body did not arrive whole")
		case len(body) > maxControl:
			return controlError(http.StatusRequestEntityTooLarge, "the body is longer than 64 KiB")
		}
		if err := exchange.UnmarshalStrict(body, &want); err != nil {
			return controlError(http.StatusBadRequest, err.Error())
		}
		if want.Faults == nil {
			return controlError(http.StatusBadRequest, `no member "faults"; an empty list lifts them all`)
		}
	}
	if err := s.SetFaults(want.Faults...); err != nil {
		return controlError(http.StatusBadRequest, err.Error())
	}
	return s.listFaults()
}

// SetFaults puts these faults in force instead of the present ones. On an error
// the present ones stay.
func (s *Server) SetFaults(f ...faults.Fault) error {
	if err := s.faults.Replace(f...); err != nil {
		return err
	}
	// Kept connections would not meet a fault of the handshake, nor one that
	// needs HTTP/1.1, and would not lose it either.
	s.connections.closeIdle()
	return nil
}

func (s *Server) listFaults() exchange.Answer {
	return exchange.JSON(http.StatusOK, "application/json", verdict.Guess, map[string]any{"faults": s.faults.List(), "kinds": faults.Kinds()})
}

func controlError(status int, reason string) exchange.Answer {
	return exchange.JSON(status, "application/json", verdict.Guess, map[string]string{"error": reason})
}
