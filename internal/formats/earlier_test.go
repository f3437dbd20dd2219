package formats

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Every report is recognised as one of its own format, and of no other.
func TestEarlier(t *testing.T) {
	all := runs(t)
	all["none"] = fleet(t)
	for name, run := range all {
		for _, f := range All() {
			got := written(t, f.Name, run, Options{})
			head := []byte(got[:min(len(got), HeadSize)])
			for _, as := range Names() {
				if want := as == f.Name || got == ""; Earlier(as, head) != want {
					t.Errorf("%s: a %s report is an earlier %s report: %v\n%.200s", name, f.Name, as, !want, got)
				}
			}
		}
	}
}

// What a run reads, and what others write, is no earlier report.
func TestNotEarlier(t *testing.T) {
	for _, content := range []string{
		"-----BEGIN PRIVATE KEY-----\nMIIE", "-----BEGIN CERTIFICATE-----\n", "profiles:\n  prod:\n", "# settings\nprofiles:\n", "NETSUITE_ACCOUNT=1234567\n",
		"\n", "0\x82\x04", `{"kind": "nsauth.token"}`, `{"schema_version": "1", "kind": "nsauth.token"}`, `<?xml version="1.0"?><testsuites name="pytest">`,
		"# HELP node_load1 1m load average.\n", "# Notes\n", "profile,owner\n", "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<title>Home</title>", "passphrase",
	} {
		for _, name := range Names() {
			if Earlier(name, []byte(content)) {
				t.Errorf("%q is an earlier %s report", content, name)
			}
		}
	}
	files, err := filepath.Glob(filepath.Join("..", "report", "schema", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(Names(), func(name string) bool { return Earlier(name, data) }) {
			t.Errorf("%s is an earlier report", file)
		}
	}
}
