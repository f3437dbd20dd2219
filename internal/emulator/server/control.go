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

// maxControl is the maximum size of a request to change the faults.
const maxControl = 64 << 10

// controlFaults shows (GET), replaces (POST) or removes (DELETE) the active faults. Only
// this machine may change them. A web page cannot: before a browser sends JSON to
// another origin, it asks, and gets no permission.
func (s *Server) controlFaults(r *http.Request) exchange.Answer {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return s.listFaults()
	case http.MethodPost, http.MethodDelete:
	default:
		return exchange.WrongMethod("GET, HEAD, POST, DELETE")
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err != nil || !net.ParseIP(host).IsLoopback() {
		return controlError(http.StatusForbidden, "faults can only be changed from this machine")
	}
	var want struct {
		Faults []faults.Fault `json:"faults"`
	}
	if r.Method == http.MethodPost {
		if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
			return controlError(http.StatusUnsupportedMediaType, "Content-Type is not application/json")
		}
		body, err := text.ReadAtMost(r.Body, maxControl)
		switch {
		case err != nil:
			return controlError(http.StatusBadRequest, "the body is incomplete")
		case len(body) > maxControl:
			return controlError(http.StatusRequestEntityTooLarge, "the body is longer than 64 KiB")
		}
		if err := exchange.UnmarshalStrict(body, &want); err != nil {
			return controlError(http.StatusBadRequest, err.Error())
		}
		if want.Faults == nil {
			return controlError(http.StatusBadRequest, `no member "faults"; an empty list removes all faults`)
		}
	}
	if err := s.SetFaults(want.Faults...); err != nil {
		return controlError(http.StatusBadRequest, err.Error())
	}
	return s.listFaults()
}

// SetFaults replaces the active faults, unless it returns an error.
func (s *Server) SetFaults(f ...faults.Fault) error {
	if err := s.faults.Replace(f...); err != nil {
		return err
	}
	// Idle connections are past their handshake, where some faults begin and end.
	s.connections.closeIdle()
	return nil
}

func (s *Server) listFaults() exchange.Answer {
	return exchange.JSON(http.StatusOK, "application/json", verdict.Guess, map[string]any{"faults": s.faults.List(), "kinds": faults.Kinds()})
}

func controlError(status int, reason string) exchange.Answer {
	return exchange.JSON(status, "application/json", verdict.Guess, map[string]string{"error": reason})
}
