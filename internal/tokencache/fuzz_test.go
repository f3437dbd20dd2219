package tokencache

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/nsauth/nsauth/netsuite"
)

// whole is a record as Renew writes it.
func whole(t testing.TB) []byte {
	t.Helper()
	data, err := json.Marshal(newRecord(subject(), &netsuite.Token{AccessToken: netsuite.NewSecret("a.b.c"), TokenType: "bearer",
		Received: start, ExpiresIn: time.Hour, Scope: []string{"rest_webservices"}}))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// No beginning of a record passes for one: that is what a full disk or a power cut
// leaves.
func TestTruncatedRecordIsDamaged(t *testing.T) {
	data := whole(t)
	if _, ok := decode(data); !ok {
		t.Fatal("the whole record does not")
	}
	for n := range data {
		if _, ok := decode(data[:n]); ok {
			t.Errorf("its first %d bytes do", n)
		}
	}
}

// What is read as a record is one: it has a token that ends, and comes back the same
// when it is written again.
func FuzzDecode(f *testing.F) {
	good := whole(f)
	seeds := [][]byte{good, good[:len(good)/2], {}, []byte("null"), []byte("[]"), []byte(`{"version":1}`), append(slices.Clone(good), good...),
		[]byte(`{"version":1,"access_token":"x","received_at":"2026-11-24T10:00:00Z","expires_in":1e300}`)}
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, ok := decode(data)
		if !ok {
			return
		}
		token := r.token()
		if token.AccessToken.IsZero() || token.ExpiresIn < 0 || token.Received.IsZero() || token.Expiry().Before(token.Received) {
			t.Errorf("%+v", token)
		}
		again, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		r2, ok := decode(again)
		if !ok || r2.digest() != r.digest() || r2.AccessToken != r.AccessToken || !r2.Received.Equal(r.Received) {
			t.Errorf("it does not come back: %s", again)
		}
	})
}
