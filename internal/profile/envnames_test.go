package profile

import (
	"encoding/base64"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

const testPEM = "-----BEGIN PRIVATE KEY-----\nTUlHSEFnRUFNQk1HQnlxR1NNNDlBZ0VHQ0NxR1NNNDlBd0VIQkcwd2F3SUJBUVFn\n-----END PRIVATE KEY-----\n"

// The env files of real programs: their names, their ways to write a key, and the lines
// of other programs around them.
func TestA19EnvFilesOfPrograms(t *testing.T) {
	id, kid := strings.Repeat("0123456789abcdef", 4), "JxPdBoMLNDY0MhTKe6ob1X7pszSH86lzZI8qXHwVnKk"
	oneLine := strings.ReplaceAll(testPEM, "\n", `\n`)
	encoded := base64.StdEncoding.EncodeToString([]byte(testPEM))
	all := map[Field]string{FieldAccount: "1234567", FieldClientID: id, FieldCertificateID: kid}
	for _, tt := range []struct{ name, text, key, content string }{
		{"our names", "NSAUTH_ACCOUNT=1234567\nNSAUTH_CLIENT_ID=" + id + "\nNSAUTH_CERTIFICATE_ID=" + kid + "\nNSAUTH_KEY=key.pem", "/x/key.pem", ""},
		{"TBA names", "NETSUITE_ACCOUNT=1234567\nNETSUITE_CONSUMER_KEY=" + id + "\nNETSUITE_JWT_KID=" + kid + "\nNETSUITE_PRIVATE_KEY=\"" + oneLine + "\"", "env:NETSUITE_PRIVATE_KEY", testPEM},
		{"_PEM on several lines", "NS_ACCOUNT_ID=1234567\nNS_CLIENT_ID=" + id + "\nNS_CERT_ID=" + kid + "\nNETSUITE_PRIVATE_KEY_PEM='" + testPEM + "'", "env:NETSUITE_PRIVATE_KEY_PEM", testPEM},
		{"_B64", "NETSUITE_REALM=1234567\nNETSUITE_OAUTH2_CLIENT_ID=" + id + "\nNETSUITE_KID=" + kid + "\nNETSUITE_PRIVATE_KEY_B64=" + encoded, "env:NETSUITE_PRIVATE_KEY_B64", encoded},
		{"_PEM_BASE64", "NETSUITE_ACCOUNT_ID=1234567\nNETSUITE_M2M_CLIENT_ID=" + id + "\nNETSUITE_KEY_ID=" + kid + "\nNETSUITE_M2M_PRIVATE_KEY_PEM_BASE64=" + encoded, "env:NETSUITE_M2M_PRIVATE_KEY_PEM_BASE64", encoded},
		{"a path", "NETSUITE_COMPANY_ID=1234567\nNETSUITE_ISS=" + id + "\nNETSUITE_CERTIFICATE_KID=" + kid + "\nNETSUITE_PRIVATE_KEY=keys/prod.pem", "/x/keys/prod.pem", ""},
		{"_FILE", "NETSUITE_ACCOUNT_ID=1234567\nNETSUITE_CLIENTID=" + id + "\nNETSUITE_CERT_ID=" + kid + "\nNETSUITE_PRIVATE_KEY_FILE=/run/key.pem", "/run/key.pem", ""},
		{".NET", "NetSuite__AccountId=1234567\nNetSuite__ClientId=" + id + "\nNetSuite__CertificateId=" + kid + "\nNetSuite__PrivateKeyPath=key.pem", "/x/key.pem", ""},
		{"Spring", "netsuite.account-id=1234567\nnetsuite.client-id=" + id + "\nnetsuite.certificate-id=" + kid + "\nnetsuite.private-key-path=key.pem", "/x/key.pem", ""},
		{"env:X in the same file", "NSAUTH_ACCOUNT=1234567\nNSAUTH_CLIENT_ID=" + id + "\nNSAUTH_CERTIFICATE_ID=" + kid + "\nNSAUTH_KEY=env:MY_KEY\nMY_KEY=\"" + oneLine + "\"", "env:MY_KEY", testPEM},
		{"a key in our own name", "NETSUITE_ACCOUNT_ID=1234567\nNETSUITE_CLIENT_ID=" + id + "\nNETSUITE_CERTIFICATE_ID=" + kid + "\nNETSUITE_PRIVATE_KEY_PATH=\"" + oneLine + "\"", "env:NETSUITE_PRIVATE_KEY_PATH", testPEM},
		{"a PEM block without quotes", "NSAUTH_ACCOUNT=1234567\nNETSUITE_PRIVATE_KEY=" + testPEM + "NSAUTH_CLIENT_ID=" + id + "\nNSAUTH_CERTIFICATE_ID=" + kid, "env:NETSUITE_PRIVATE_KEY", strings.TrimSpace(testPEM)},
		{"$'...'", "NSAUTH_ACCOUNT=1234567\nNETSUITE_PRIVATE_KEY=$'" + oneLine + "'\nNSAUTH_CLIENT_ID=" + id + "\nNSAUTH_CERTIFICATE_ID=" + kid, "env:NETSUITE_PRIVATE_KEY", testPEM},
		{"a shell script", "#!/bin/sh\nset -a\nMSG='it'\\''s'\nOTHER=\"open\n. ./other.env\nif [ -z \"$X\" ]; then\nexport NSAUTH_ACCOUNT=1234567; export Y=2\nexport NSAUTH_CLIENT_ID='" + id[:32] + "'\"" + id[32:] + "\"\nfi\ndeclare -x NSAUTH_CERTIFICATE_ID=" + kid + "\nset NSAUTH_KEY=key.pem\nset +a\nLAST='open", "/x/key.pem", ""},
		{"PowerShell", "$env:NSAUTH_ACCOUNT = \"1234567\"\r\n$env:NSAUTH_CLIENT_ID = '" + id + "'\r\n$env:NSAUTH_CERTIFICATE_ID=\"" + kid + "\";\r\n$env:NSAUTH_KEY = 'key.pem'\r\n", "/x/key.pem", ""},
		{"YAML", "env:\n  NETSUITE_ACCOUNT_ID: 1234567\n  NETSUITE_CLIENT_ID: \"" + id + "\"\n  NETSUITE_CERTIFICATE_ID: '" + kid + "'\n  NETSUITE_PRIVATE_KEY_PATH: key.pem # x\n", "/x/key.pem", ""},
		{"compose", "    environment:\n      - NETSUITE_ACCOUNT_ID=1234567\n      - NETSUITE_CLIENT_ID=" + id + "\n      - NETSUITE_CERTIFICATE_ID=" + kid + "\n      - NETSUITE_PRIVATE_KEY_PATH=key.pem\n", "/x/key.pem", ""},
		{".mcp.json", `{"mcpServers": {"other": {"env": {"TOKEN": "x"}}, "netsuite": {"command": "npx", "args": ["-y"], "env": {"NETSUITE_ACCOUNT_ID": 1234567,
			"NETSUITE_CLIENT_ID": "` + id + `", "NETSUITE_CERTIFICATE_ID": "${KID}", "NETSUITE_PRIVATE_KEY": "` + oneLine + `"}}}}`, "env:NETSUITE_PRIVATE_KEY", testPEM},
		{"a task definition", `{"containerDefinitions": [{"environment": [{"name": "NETSUITE_ACCOUNT_ID", "value": "1234567"}, {"name": "NETSUITE_CONSUMER_KEY", "value": "` + id + `"},
			{"name": "NETSUITE_KID", "value": "` + kid + `"}, {"name": "NETSUITE_PRIVATE_KEY_PATH", "value": "key.pem"}]}]}`, "/x/key.pem", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			told := map[string]string{}
			p, err := Resolve(Input{EnvFile: "/x/.env", ReadFile: files(map[string]string{"/x/.env": tt.text}), LookupEnv: env(map[string]string{"KID": kid}),
				Remember: func(name, value string, _ bool) { told["env:"+name] = value }})
			if err != nil {
				t.Fatal(err)
			}
			for field, want := range all {
				if got := p.Text(field); got != want {
					t.Errorf("%s is %q", field, got)
				}
			}
			if got := filepath.ToSlash(p.Text(FieldKey)); got != tt.key || told[tt.key] != tt.content {
				t.Errorf("key is %q, want %q; the loader was told %q", got, tt.key, told)
			}
			for _, line := range p.Show() {
				if strings.Contains(line.Value, "BEGIN") || strings.Contains(line.Value, encoded[:20]) {
					t.Errorf("shown: %s", line.Value)
				}
			}
		})
	}
}

// nsauth's own names count before those of other programs, whatever their order, and the
// plainest of these.
func TestA19Precedence(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"NETSUITE_CONSUMER_KEY=b\nNETSUITE_CLIENT_ID=a", "a"},
		{"NETSUITE_CLIENT_ID=b\nNSAUTH_CLIENT_ID=a\nNETSUITE_CONSUMER_KEY=c", "a"},
		{"NETSUITE_CONSUMER_KEY=a\nNETSUITE_OAUTH_CLIENT_ID=b", "a"},
		{"NETSUITE_CLIENT_ID=\nNETSUITE_CONSUMER_KEY=a", "a"},
		{"NETSUITE_SANDBOX_CLIENT_ID=a\nCLIENT_ID=b\nMY_NS_CLIENT_ID=c\nNETSUITE_CLIENT_SECRET=d", ""},
	} {
		p, err := Resolve(Input{EnvFile: ".env", ReadFile: files(map[string]string{".env": tt.text})})
		if err != nil || p.Text(FieldClientID) != tt.want {
			t.Errorf("%q: %q, %v; want %q", tt.text, p.Text(FieldClientID), err, tt.want)
		}
	}
	p, err := Resolve(Input{EnvFile: ".env", ReadFile: files(map[string]string{".env": "NETSUITE_CONSUMER_KEY=file"}),
		LookupEnv: env(map[string]string{"NSAUTH_CLIENT_ID": "environment", "NETSUITE_CONSUMER_KEY": "not read"})})
	if err != nil || p.Text(FieldClientID) != "environment" {
		t.Errorf("%v, %v", p.Show(), err)
	}
	_, err = Resolve(Input{EnvFile: ".mcp.json", ReadFile: files(map[string]string{".mcp.json": `{"a": {"env": {"NETSUITE_CLIENT_ID": "x"}}, "b": {"env": {"NETSUITE_CLIENT_ID": "y"}}}`})})
	if err == nil || !strings.Contains(err.Error(), `has "NETSUITE_CLIENT_ID" twice, with different values`) {
		t.Errorf("two accounts: %v", err)
	}
}

// What is found and not read is named, with what nsauth calls it; so is what is empty.
func TestA18A19MissingValuesSayWhatWasFound(t *testing.T) {
	for _, tt := range []struct {
		environment map[string]string
		file        string
		field       Field
		want        []string
	}{
		{map[string]string{"NETSUITE_CONSUMER_KEY": "x"}, "", FieldClientID, []string{"NETSUITE_CONSUMER_KEY", "NSAUTH_CLIENT_ID"}},
		{map[string]string{"NETSUITE_PRIVATE_KEY": testPEM}, "", FieldKey, []string{"NETSUITE_PRIVATE_KEY", "--key env:NETSUITE_PRIVATE_KEY"}},
		{map[string]string{"NETSUITE_PROD_KID": "x"}, "", FieldCertificateID, []string{"NETSUITE_PROD_KID", "NSAUTH_CERTIFICATE_ID"}},
		{nil, "CLIENT_ID=x", FieldClientID, []string{"CLIENT_ID", "NSAUTH_CLIENT_ID"}},
		{nil, "NETSUITE_SANDBOX_ACCOUNT_ID=x", FieldAccount, []string{"NETSUITE_SANDBOX_ACCOUNT_ID", "NSAUTH_ACCOUNT"}},
		{map[string]string{"NSAUTH_CLIENT_ID": " "}, "", FieldClientID, []string{"$NSAUTH_CLIENT_ID is set, but empty"}},
		{nil, "NETSUITE_ACCOUNT_ID=", FieldAccount, []string{".env: NETSUITE_ACCOUNT_ID is set, but empty"}},
	} {
		in := Input{LookupEnv: env(tt.environment), EnvNames: func() (names []string) {
			for name := range tt.environment {
				names = append(names, name)
			}
			return names
		}}
		if tt.file != "" {
			in.EnvFile, in.ReadFile = ".env", files(map[string]string{".env": tt.file})
		}
		p, err := Resolve(in)
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		for _, f := range p.Findings() {
			if f.Code == "profile.missing-value" && f.Evidence["name"] == string(tt.field) {
				said = f.Message
			}
		}
		for _, want := range tt.want {
			if !strings.Contains(said, want) {
				t.Errorf("%v %s: %q lacks %q", tt.environment, tt.file, said, want)
			}
		}
	}
}

// A file with one profile needs no default_profile; with two, nothing is guessed.
func TestA18TheOnlyProfile(t *testing.T) {
	const one = "profiles:\n  p:\n    account: 1234567\n"
	for text, want := range map[string]string{one: "p", one + "  q:\n    account: 7654321\n": "", "default_profile: q\n" + one + "  q:\n    account: 1\n": "q"} {
		p, err := Resolve(Input{ConfigPath: "c.yaml", ReadFile: files(map[string]string{"c.yaml": text})})
		if err != nil || p.Name != want || p.Named {
			t.Errorf("%q: profile %q, %v", text, p.Name, err)
		}
	}
}

// A line of nsauth's own is found whatever lines are around it, nothing panics, and no
// error repeats a value.
func FuzzA19OurLineIsFound(f *testing.F) {
	for _, around := range [][2]string{{"", ""}, {"A='", "'"}, {"A=\"x\n", "y\""}, {"set -a\nif x; then", "fi"}, {"MSG='it'\\''s'", "B=`"}, {"K=-----BEGIN X-----", "-----END X-----"},
		{"{\"env\": {", "}}"}, {"A=$'", "\\"}, {"- a: b", "c: 'd"}, {"A=x \\", ""}, {"A=\\", "="}, {"A=''\\", ""}, {"\ufeffA", "\r"}, {"export", "export A"}} {
		f.Add(around[0], around[1])
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		if upper := strings.ToUpper(before + after); strings.Contains(upper, "NSAUTH") || strings.Contains(upper, "NETSUITE") {
			return
		}
		entries, err := parseEnvFile(".env", before+"\nNSAUTH_ACCOUNT="+hidden+"\n"+after, variables())
		if err != nil || entries["NSAUTH_ACCOUNT"].value != hidden {
			t.Fatalf("%+v, %v", entries, err)
		}
	})
}

// A19: the lines of shells other than sh set variables too, and their backslashes are
// those of paths.
func TestA19OtherShells(t *testing.T) {
	for line, want := range map[string]string{
		`$env:NSAUTH_KEY = "C:\new\key.pem"`:                                          `C:\new\key.pem`,
		`$env:NSAUTH_KEY='C:\new\key.pem';`:                                           `C:\new\key.pem`,
		`$ENV:NSAUTH_KEY = "k.pem" # mine`:                                            "k.pem",
		`$env.NSAUTH_KEY = "k.pem"`:                                                   "k.pem",
		`SET NSAUTH_KEY=C:\Program Files (x86)\k.pem`:                                 `C:\Program Files (x86)\k.pem`,
		`set "NSAUTH_KEY=C:\new\k.pem"`:                                               `C:\new\k.pem`,
		`setx NSAUTH_KEY k.pem`:                                                       "k.pem",
		`SETX NSAUTH_KEY "C:\new dir\k.pem" /M`:                                       `C:\new dir\k.pem`,
		`setx /M NSAUTH_KEY k.pem`:                                                    "k.pem",
		`set -gx NSAUTH_KEY k.pem`:                                                    "k.pem",
		`setenv NSAUTH_KEY k.pem`:                                                     "k.pem",
		`[Environment]::SetEnvironmentVariable("NSAUTH_KEY", "C:\new\k.pem", "User")`: `C:\new\k.pem`,
		`[System.Environment]::SetEnvironmentVariable('NSAUTH_KEY', 'k.pem')`:         "k.pem",
		"$env:NSAUTH_KEY = \"-----BEGIN X-----\nabc\n-----END X-----\"":               "-----BEGIN X-----\nabc\n-----END X-----",
		"PEM='a\nsetx b c\n'\nNSAUTH_KEY=k.pem":                                       "k.pem",
	} {
		entries, err := parseEnvFile(".env", line+"\n", knownNames())
		if err != nil || entries["NSAUTH_KEY"].value != want {
			t.Errorf("%s: %q, %v", line, entries["NSAUTH_KEY"].value, err)
		}
	}
}

// Windows PowerShell writes UTF-16, with a byte order mark.
func TestUTF16(t *testing.T) {
	wide := func(text string) string {
		out := []byte{0xff, 0xfe}
		for _, unit := range utf16.Encode([]rune(text)) {
			out = append(out, byte(unit), byte(unit>>8))
		}
		return string(out)
	}
	p, err := Resolve(Input{ConfigPath: "/c/config.yaml", EnvFile: "/c/.env", ReadFile: files(map[string]string{
		"/c/config.yaml": wide("default_profile: p\r\nprofiles:\r\n  p:\r\n    cert: M\u00fcller.pem\r\n"), "/c/.env": wide("NSAUTH_ACCOUNT=1234567\r\n")})})
	if err != nil {
		t.Fatal(err)
	}
	if cert := filepath.ToSlash(p.Text(FieldCert)); cert != "/c/M\u00fcller.pem" || p.Text(FieldAccount) != "1234567" {
		t.Errorf("cert %q, account %q", cert, p.Text(FieldAccount))
	}
}
