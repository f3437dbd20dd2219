package handon

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
)

// What a person may have under the name of --out is only replaced if nsauth wrote it.
func TestTargetContent(t *testing.T) {
	const key = "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n"
	for content, replaced := range map[string]bool{
		"": true,
		"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIzOy01In0.c2ln": true, "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIzOy01In0.c2ln\n": true,
		"hunter2\n": false, "a.b.c\n": false, strings.Repeat("0f", 32): false, // a password, a name, a Consumer Secret
		"Authorization: Bearer a.b.c\n":          true,
		"export NETSUITE_ACCESS_TOKEN='a.b.c'\n": true,
		"NETSUITE_ACCESS_TOKEN=a.b.c\n":          true,
		"{\n  \"kind\": \"nsauth.token\"\n}\n":   true,
		key:                                      false,
		"NETSUITE_ACCESS_TOKEN=a.b.c\nOTHER=1\n": false,
		"OTHER=1\n":                              false,
		"{\"private_key\": \"x\"}\n":             false,
		"default_profile: a\nprofiles: {}\n":     false,
		"#!/bin/sh\nexit\n":                      false,
		strings.Repeat("x", maxHanded+1):         false,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "file"), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		target, err := NewTarget(&cli.App{World: cli.World{Dir: dir}}, "file")
		if (err == nil) != replaced {
			t.Errorf("%.50q: %v", content, err)
		}
		var failure *cli.Failure
		if err != nil && (!errors.As(err, &failure) || failure.Info.Code != finding.IOExists) {
			t.Errorf("%.50q: %v", content, err)
		}
		if err != nil {
			continue
		}
		if err := target.Write("new\n"); err != nil {
			t.Error(err)
		}
		data, err := os.ReadFile(filepath.Join(dir, "file"))
		if string(data) != "new\n" || err != nil {
			t.Errorf("%q, %v", data, err)
		}
	}
}

// Each reason why a file is not written is named, with what to do.
func TestTargetFailures(t *testing.T) {
	target := &Target{Name: "token.txt"}
	for err, want := range map[error][2]string{
		atomicfile.ErrLink:       {finding.IOExists, "token.txt is a link; not replaced"},
		atomicfile.ErrFolder:     {finding.IOExists, "token.txt is a folder; not replaced"},
		atomicfile.ErrNotAFile:   {finding.IOExists, "token.txt is not a regular file; not replaced"},
		atomicfile.ErrOtherOwner: {finding.IOExists, "token.txt belongs to another user; not replaced"},
		&os.PathError{Op: "open", Path: ".token.txt.1-2", Err: os.ErrNotExist}:   {finding.IOWrite, "token.txt cannot be written: its folder does not exist"},
		&os.PathError{Op: "open", Path: ".token.txt.1-2", Err: os.ErrPermission}: {finding.IOWrite, "token.txt cannot be written: permission denied"},
		&os.PathError{Op: "write", Path: ".token.txt.1-2", Err: errors.New("x")}: {finding.IOWrite, "token.txt cannot be written: x"},
	} {
		var failure *cli.Failure
		if got := target.cannot(err); !errors.As(got, &failure) || failure.Info.Code != want[0] || failure.Info.Message != want[1] {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
	if _, err := NewTarget(&cli.App{}, "-"); err == nil {
		t.Error("standard output is a file")
	}
	dir := t.TempDir()
	for _, name := range []string{"missing/file", "missing/", "."} {
		if _, err := NewTarget(&cli.App{World: cli.World{Dir: dir}}, name); err == nil {
			t.Errorf("%s can be written", name)
		}
	}
	if entries, err := os.ReadDir(dir); len(entries) > 0 || err != nil {
		t.Errorf("left %v, %v", entries, err)
	}
}
