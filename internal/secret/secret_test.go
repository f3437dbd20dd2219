package secret_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/nsauth/nsauth/internal/secret"
)

func TestSecretCannotBePrinted(t *testing.T) {
	const planted = "planted-secret-text"
	s := secret.New(planted)
	type exported struct{ S secret.Secret }
	type hidden struct{ s secret.Secret }
	var out []string
	for _, v := range []any{s, &s, exported{s}, &exported{s}, hidden{s}, &hidden{s}, []secret.Secret{s},
		map[string]secret.Secret{"a": s}} {
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
	if s.Reveal() != planted || s.IsZero() || !secret.New("").IsZero() || (secret.Secret{}).Reveal() != "" {
		t.Error("the text is not kept as it was")
	}
}

func TestSecretText(t *testing.T) {
	s := secret.New("abc")
	if s.Reveal() != "abc" || s.IsZero() || s.String() != "<secret>" {
		t.Errorf("Reveal %q, IsZero %v, String %q", s.Reveal(), s.IsZero(), s)
	}
	asKey, err := json.Marshal(map[secret.Secret]int{s: 1})
	if err != nil || strings.Contains(string(asKey), "abc") || s.GoString() != "<secret>" {
		t.Errorf("as a JSON key: %s, %v; GoString %s", asKey, err, s.GoString())
	}
	var zero secret.Secret
	if zero.Reveal() != "" || !zero.IsZero() || !secret.New("").IsZero() {
		t.Error("the zero secret is not zero")
	}
	if !s.Equal(secret.New("abc")) || s.Equal(secret.New("abd")) || s.Equal(zero) {
		t.Error("Equal does not compare the text")
	}
}
