package profile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hidden is planted in the middle of fuzzed files. It is no name of anything, so
// no error has a reason to repeat it.
const hidden = "s3cr3t/Pl4nted+Value=="

// seedFiles returns the contents of the test files, so that fuzzing starts from
// real mistakes; it fails when there are none.
func seedFiles(f *testing.F, pattern string) []string {
	f.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		f.Fatalf("no seeds match %s (%v)", pattern, err)
	}
	var texts []string
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		texts = append(texts, string(data))
	}
	return texts
}

func resolveQuietly(t *testing.T, in Input) {
	t.Helper()
	p, err := Resolve(in)
	if (p == nil) == (err == nil) {
		t.Fatalf("Resolve gave %v and %v", p, err)
	}
	if err != nil {
		all := fmt.Sprintf("%v %+v %#v %q", err, err, err, hintsOf(err))
		if strings.Contains(all, hidden) {
			t.Fatalf("the error repeats the file: %s", all)
		}
		switch err.(type) {
		case *ConfigError, *UnsafeError, *InProfile:
		default:
			t.Fatalf("untyped error %T", err)
		}
		return
	}
	p.Findings()
	p.Show()
}

func FuzzProfileFile(f *testing.F) {
	seeds := 0
	for _, text := range seedFiles(f, "testdata/bad/*.yaml") {
		before, after, _ := strings.Cut(text, planted)
		f.Add(before, after)
		seeds++
	}
	for _, info := range Fields() {
		f.Add("default_profile: p\nprofiles:\n  p:\n    "+string(info.Name)+": ", "\n")
		f.Add("default_profile: p\nprofiles:\n  p:\n    "+string(info.Name)+": \"${A}", "\"\n")
		seeds++
	}
	for _, around := range [][2]string{{"default_profile: ", "\n"}, {"? [", "]\n"}, {"&", " x"}, {"%TAG ! ", ""}, {"profiles:\n  ", ":\n    a: b\n"}, {"a: &a [*a, ", "]"}} {
		f.Add(around[0], around[1])
	}
	if seeds < 60 {
		f.Fatalf("only %d seeds", seeds)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		text := before + hidden + after
		resolveQuietly(t, Input{ConfigPath: "config.yaml", ReadFile: files(map[string]string{"config.yaml": text}),
			LookupEnv: env(map[string]string{"A": "x", "B": "-----BEGIN " + hidden})})
	})
}

func FuzzEnvFile(f *testing.F) {
	var texts []string
	for _, info := range Fields() {
		for _, name := range []string{info.Env, info.LegacyEnv} {
			if name != "" {
				texts = append(texts, name+"="+planted+"\n", "export "+name+" = '"+planted+"' # x\r\n", name+"=\"a\\n"+planted+"\"")
			}
		}
	}
	texts = append(texts, planted, planted+"=x", "NSAUTH_"+planted+"=x", "A='"+planted, "A=\""+planted+"\" b", "#"+planted, "\ufeff"+planted, "A=\\"+planted)
	if len(texts) < 50 {
		f.Fatalf("only %d seeds", len(texts))
	}
	for _, text := range texts {
		before, after, found := strings.Cut(text, planted)
		if !found {
			f.Fatalf("seed %q holds nothing planted", text)
		}
		f.Add(before, after)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		text := before + hidden + after
		resolveQuietly(t, Input{EnvFile: ".env", ReadFile: files(map[string]string{".env": text})})
	})
}
