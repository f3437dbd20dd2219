package server

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
)

func TestCAIsNotPrinted(t *testing.T) {
	ca, err := NewCA(emulatortest.Noon)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := json.Marshal(ca)
	if err != nil {
		t.Fatal(err)
	}
	private, err := ca.key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	printed := fmt.Sprintf("%v %+v %#v %s %v", ca, ca, ca, ca, Config{CA: ca}) + string(doc)
	for _, n := range []string{fmt.Sprint(private), fmt.Sprintf("%x", private)} {
		if strings.Contains(printed, strings.Trim(n, "[]")) {
			t.Error("a private key in print")
		}
	}
}
