package doctor

import (
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/profile"
)

// What stands around a command stays, and so does a command that names a profile.
func TestAdviceInText(t *testing.T) {
	a := advice{Config: "c.yaml", Profile: "it's"}
	const flags = `--config c.yaml --profile 'it'\''s'`
	for text, want := range map[string]string{
		"Run nsauth doctor.":                          "Run nsauth doctor FLAGS.",
		"wl-paste | nsauth jwt inspect (Wayland)":     "wl-paste | nsauth jwt inspect FLAGS (Wayland)",
		"nsauth doctor --profile NAME --compare B":    "nsauth doctor FLAGS --compare B",
		"or nsauth emulator --profile NAME.":          "or nsauth emulator FLAGS.",
		"nsauth call suiteql sends it":                "nsauth call suiteql FLAGS sends it",
		"nsauth profile use NAME":                     "nsauth profile use --config c.yaml NAME",
		"nsauth doctor --demo, nsauth certgen":        "nsauth doctor --demo, nsauth certgen",
		"nsauth doctor --profile NAMES":               "nsauth doctor --profile NAMES",
		"in /x/nsauth token/key.pem, CN=nsauth calls": "in /x/nsauth token/key.pem, CN=nsauth calls",
	} {
		want = strings.ReplaceAll(want, "FLAGS", flags)
		if got := a.text(text); got != want || a.text(want) != want {
			t.Errorf("%q\n gives %q\nthen %q\n want %q", text, got, a.text(got), want)
		}
	}
	if got := (advice{Config: "c.yaml"}).text("nsauth emulator --profile NAME"); got != "nsauth emulator --config c.yaml --profile NAME" {
		t.Error(got)
	}
}

// A name or a path that Clean may rewrite is a placeholder: the command would name another one.
func TestAdviceWithoutLogCommands(t *testing.T) {
	a := advice{Config: "##[group]c.yaml", Profile: "::error::z"}
	want := "nsauth profile show --config FILE --profile NAME"
	if got := a.text("nsauth profile show"); got != want {
		t.Error(got)
	}
	if got := strings.Join(a.commands([][]string{{"nsauth", "profile", "show"}})[0], " "); got != want {
		t.Error(got)
	}
}

func TestAdviceAsCommands(t *testing.T) {
	a := advice(profile.Target{Config: "c.yaml", Profile: "prod"})
	for command, want := range map[string]string{
		"nsauth profile show":                       "nsauth profile show --config c.yaml --profile prod",
		"nsauth call record/v1/x --profile auditor": "nsauth call --config c.yaml record/v1/x --profile auditor",
		"nsauth auditor init --auditor auditor":     "nsauth auditor init --config c.yaml --profile prod --auditor auditor",
		"nsauth profile list":                       "nsauth profile list --config c.yaml",
		"nsauth keycheck key.pem":                   "nsauth keycheck key.pem",
		"openssl x509":                              "openssl x509",
	} {
		got := a.commands([][]string{strings.Fields(command)})
		if again := a.commands(got); strings.Join(got[0], " ") != want || !slices.Equal(again[0], got[0]) {
			t.Errorf("%s\n gives %q\nthen %q", command, got[0], again[0])
		}
	}
}
