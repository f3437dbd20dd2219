package netsuite_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/netsuite"
	"go.yaml.in/yaml/v3"
)

func TestSecretCannotBePrinted(t *testing.T) {
	const planted = "planted-secret-text"
	s := netsuite.NewSecret(planted)
	type exported struct{ S netsuite.Secret }
	type hidden struct{ s netsuite.Secret }
	var out []string
	for _, v := range []any{s, &s, exported{s}, &exported{s}, hidden{s}, &hidden{s}, []netsuite.Secret{s},
		map[string]netsuite.Secret{"a": s}, netsuite.Request{AccessToken: s}, netsuite.Token{AccessToken: s}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
			out = append(out, fmt.Sprintf(verb, v))
		}
		for _, encode := range []func(any) ([]byte, error){json.Marshal, yaml.Marshal} {
			if b, err := encode(v); err == nil {
				out = append(out, string(b))
			}
		}
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("m", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "v", v)
		out = append(out, log.String())
	}
	for _, text := range out {
		if strings.Contains(text, planted) || strings.Contains(text, fmt.Sprintf("%x", planted)) {
			t.Errorf("printed: %s", text)
		}
	}
	if got := fmt.Sprintf("%v %s %q", s, s, s); got != "<secret> <secret> <secret>" {
		t.Errorf("got %s", got)
	}
	if s.Reveal() != planted || s.IsZero() || !netsuite.NewSecret("").IsZero() || (netsuite.Secret{}).Reveal() != "" {
		t.Error("the text is not kept as it was")
	}
}
