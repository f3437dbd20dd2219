package faults

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// carriedOut breaks the answer to a request that was carried out.
type carriedOut struct {
	wrapper
	kind   Kind
	status int
}

func (w *carriedOut) WriteHeader(status int) { w.status = status }

func (w *carriedOut) Write(body []byte) (int, error) {
	switch w.kind {
	case LostAfter:
		reset(w.ResponseWriter)
	case FailedAfter:
		w.Header().Del("Content-Length")
		write(w.ResponseWriter, http.StatusInternalServerError, restError, failedBody)
		return len(body), nil
	}
	changed := body
	var rows []json.RawMessage
	if json.Unmarshal(body, &rows) == nil && len(rows) > 0 {
		changed, _ = json.Marshal(rows[:len(rows)-1]) // of what was JSON
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(changed)))
	w.ResponseWriter.WriteHeader(w.status)
	_, err := w.ResponseWriter.Write(changed)
	return len(body), err
}
