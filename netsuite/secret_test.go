package netsuite_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/netsuite"
)

// What holds a token can be printed; the text of the token cannot.
func TestNothingPrintsAToken(t *testing.T) {
	const planted = "planted-secret-text"
	s := netsuite.NewSecret(planted)
	for _, v := range []any{netsuite.Request{AccessToken: s}, netsuite.Token{AccessToken: s}} {
		var out strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
			fmt.Fprintf(&out, verb, v)
		}
		if b, err := json.Marshal(v); err == nil {
			out.Write(b)
		}
		if strings.Contains(out.String(), planted) || strings.Contains(out.String(), fmt.Sprintf("%x", planted)) {
			t.Errorf("printed: %s", &out)
		}
	}
}
