package cmd

import (
	"os"
	"strings"
	"testing"
)

// The transcripts of the README match what the commands print.
func TestReadmeTranscripts(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```console\n$ nsauth ")
	if len(blocks) < 2 {
		t.Fatal("the README has no transcript")
	}
	for _, b := range blocks[1:] {
		command, rest, _ := strings.Cut(b, "\n")
		want, _, _ := strings.Cut(rest, "\n```")
		got := strings.TrimRight(nsauth(t, setup{}, strings.Fields(command)...).stdout, "\n")
		if got != want {
			t.Errorf("nsauth %s prints\n%s\nand the README says\n%s", command, got, want)
		}
	}
}
