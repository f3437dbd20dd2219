package keys_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/keys"
)

// What people give in place of a key or certificate: stores of secrets, and values that
// are no file. Each is named, for both, and no fault repeats any of it.
func TestA17ForeignContent(t *testing.T) {
	const hexDigits = "8f14e45fceea167a5a36dedd4bea2543c1f5a9b0d3e2f4a68f14e45fceea167a"
	pemText := string(content(t, file("ec-p256.pem")))
	encoded := base64.StdEncoding.EncodeToString([]byte(pemText))
	token := "eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJlLWlzLXNlY3JldA"
	jsonOf := func(v any) string {
		text, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for _, tt := range []struct{ name, text, reason string }{
		{"a client secret", hexDigits, "hex-64"},
		{"in quotes", `"` + hexDigits + "\"\n", "hex-64"},
		{"a SHA-256 fingerprint", colons(strings.ToUpper(hexDigits)), "fingerprint"},
		{"openssl's fingerprint line", "sha256 Fingerprint=" + colons(strings.ToUpper(hexDigits)), "fingerprint"},
		{"a SHA-1 thumbprint", hexDigits[:40], "fingerprint"},
		{"ssh-keygen's fingerprint", "SHA256:" + base64.RawStdEncoding.EncodeToString([]byte(hexDigits)[:32]), "fingerprint"},
		{"a Certificate ID", "JxPdBoMLNDY0MhTKe6ob1X7pszSH86lzZI8qXHwVnKk", "certificate-id"},
		{"an Application ID", "6f9619ff-8b86-d011-b42d-00cf4fc964ff", "uuid"},
		{"a JWT", token, "jwt"},
		{"a header value", "Bearer " + token, "jwt"},
		{"a wrapped JWT", token[:30] + "\n" + token[30:], "jwt"},
		{"undefined", "undefined", "placeholder"},
		{"null", "null\n", "placeholder"},
		{"None", "None", "placeholder"},
		{"an object of JavaScript", "[object Object]", "placeholder"},
		{"a template", "{{ netsuite_private_key }}", "placeholder"},
		{"a variable", "${NETSUITE_PRIVATE_KEY}", "placeholder"},
		{"another variable", "$NETSUITE_PRIVATE_KEY", "placeholder"},
		{"Windows' variable", "%NETSUITE_KEY%", "placeholder"},
		{"an example", "<your private key>", "placeholder"},
		{"another example", "YOUR_PRIVATE_KEY", "placeholder"},
		{"a CI mask", "***", "placeholder"},
		{"Helm's template", "{{ .Values.netsuite.key }}", "placeholder"},
		{"GitHub's template", "${{ secrets.NETSUITE_KEY }}", "placeholder"},
		{"Octopus' variable", "#{NetSuite.PrivateKey}", "placeholder"},
		{"Azure's token", "__PRIVATE_KEY__", "placeholder"},
		{"words of an example", "paste private key here", "placeholder"},
		{"1Password's reference", "op://vault/netsuite/key", "secret-reference"},
		{"Azure's reference", "@Microsoft.KeyVault(SecretUri=https://x.vault.azure.net/secrets/k/)", "secret-reference"},
		{"AWS's reference", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:netsuite-AbCdEf", "secret-reference"},
		{"Google's reference", "projects/123/secrets/netsuite-key/versions/latest", "secret-reference"},
		{"kubectl -o yaml", "apiVersion: v1\ndata:\n  tls.key: " + encoded + "\nkind: Secret\nmetadata:\n  name: netsuite\ntype: Opaque\n", "kubernetes-secret"},
		{"kubectl -o json", jsonOf(object{"apiVersion": "v1", "kind": "Secret", "data": object{"tls.key": encoded}}), "kubernetes-secret"},
		{"compact", `{"apiVersion":"v1","data":{"k":"` + encoded + `"},"kind":"Secret"}`, "kubernetes-secret"},
		{"a list", "apiVersion: v1\nitems:\n- apiVersion: v1\n  data:\n    k: " + encoded + "\n  kind: Secret\nkind: List\n", "kubernetes-secret"},
		{"a manifest", "---\napiVersion: v1\nkind: 'Secret'\ndata: {k: " + encoded + "}\n", "kubernetes-secret"},
		{"a sealed secret", "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nspec:\n  encryptedData:\n    k: AgBy3i4OJSWK\n", "sealed-secret"},
		{"sops YAML", "key: ENC[AES256_GCM,data:p673w==,iv:YY=,aad:UQ=,tag:A=]\nsops:\n    lastmodified: \"2026-01-01T00:00:00Z\"\n    mac: ENC[AES256_GCM,data:x]\n", "sops"},
		{"sops with age", "key: ENC[AES256_GCM,data:p6==]\nsops:\n  age:\n    - enc: |\n        -----BEGIN AGE ENCRYPTED FILE-----\n        YWdl\n        -----END AGE ENCRYPTED FILE-----\n", "sops"},
		{"sops JSON", `{"data": "ENC[AES256_GCM,data:p6==,type:str]", "sops": {"mac": "x", "lastmodified": "y"}}`, "sops"},
		{"ansible-vault", "$ANSIBLE_VAULT;1.1;AES256\n6638643965323633\n3438\n", "ansible-vault"},
		{"a value of ansible-vault", "netsuite_key: !vault |\n  $ANSIBLE_VAULT;1.2;AES256;prod\n  6638643965323633\n", "ansible-vault"},
		{"age", "age-encryption.org/v1\n-> X25519 abc\n\x8f\x01", "age"},
		{"armoured age", "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n", "age"},
		{"az keyvault secret show", jsonOf(object{"contentType": "application/x-pkcs12", "id": "https://x.vault.azure.net/secrets/netsuite/1", "value": encoded}), "azure-secret"},
		{"aws get-secret-value", jsonOf(object{"ARN": "arn:aws:secretsmanager:x", "Name": "netsuite", "SecretString": encoded}), "aws-secret"},
		{"its YAML", "ARN: arn:aws:secretsmanager:x\nSecretString: " + encoded + "\n", "aws-secret"},
		{"aws ssm get-parameter", jsonOf(object{"Parameter": object{"ARN": "arn:aws:ssm:eu:1:parameter/k", "Value": encoded}}), "aws-secret"},
		{"gcloud secrets", jsonOf(object{"name": "projects/1/secrets/k/versions/1", "payload": object{"data": encoded, "dataCrc32c": "1"}}), "google-secret"},
		{"vault kv get", jsonOf(object{"request_id": "1", "lease_id": "", "lease_duration": 0, "data": object{"data": object{"k": encoded}}}), "hashicorp-vault"},
		{"op item get", jsonOf(object{"id": "a", "category": "SSH_KEY", "vault": object{"id": "b"}, "fields": []any{}}), "1password"},
		{"bw get item", jsonOf(object{"object": "item", "organizationId": nil, "folderId": nil, "notes": encoded}), "bitwarden"},
		{"an LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:" + hexDigits + "\nsize 1704\n", "git-lfs"},
		{"git-crypt", "\x00GITCRYPT\x00\x01\x02", "git-crypt"},
		{"an env file", "# NetSuite\nNETSUITE_CLIENT_ID=" + hexDigits + "\nNETSUITE_KEY_B64=" + encoded + "\n", "env-file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "given")
			put(t, path, []byte(tt.text))
			for object, kind := range map[keys.Object]keys.Kind{keys.ObjectKey: keys.KindNotAPrivateKey, keys.ObjectCertificate: keys.KindNotACertificate} {
				fault := wantFault(t, load[object](path), object, kind, tt.reason)
				neverRepeats(t, fault, tt.text)
				l := &keys.Loader{LookupEnv: func(string) (string, bool) { return tt.text, true }}
				_, err := l.Key(t.Context(), keys.Source{Name: "env:KEY"})
				neverRepeats(t, wantFault(t, err, keys.ObjectKey, keys.KindNotAPrivateKey, tt.reason), tt.text)
			}
		})
	}
	// A PEM block inside of a store is read all the same, and other text keeps its name.
	for name, text := range map[string]string{
		"stringData":    "kind: Secret\nstringData:\n  key: |\n    " + strings.ReplaceAll(strings.TrimSpace(pemText), "\n", "\n    ") + "\n",
		"az with PEM":   jsonOf(object{"id": "https://x.vault.azure.net/secrets/k", "value": pemText}),
		"an env file":   `KEY="` + strings.ReplaceAll(pemText, "\n", `\n`) + `"`,
		"vault kv get":  jsonOf(object{"request_id": "1", "lease_duration": 0, "data": object{"data": object{"k": pemText}}}),
		"a wrapped PEM": "\n\n" + pemText,
	} {
		path := filepath.Join(t.TempDir(), "given")
		put(t, path, []byte(text))
		if k, err := keys.LoadKey(path); err != nil || k.Curve != "P-256" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A value in place of the path of a file is named too, and not repeated.
func TestA17ValueInPlaceOfAPath(t *testing.T) {
	for value, reason := range map[string]string{
		"undefined": "placeholder", "${KEY_FILE}": "placeholder", "/srv/app/undefined": "placeholder", "path/{{ key_file }}": "placeholder",
		"8f14e45fceea167a5a36dedd4bea2543c1f5a9b0d3e2f4a68f14e45fceea167a": "hex-64",
		"/etc/op:/vault/netsuite/key":                                      "secret-reference",
	} {
		for object, kind := range map[keys.Object]keys.Kind{keys.ObjectKey: keys.KindNotAPrivateKey, keys.ObjectCertificate: keys.KindNotACertificate} {
			if fault := wantFault(t, load[object](value), object, kind, reason); len(fault.Evidence) > 0 {
				t.Errorf("%s: %v", reason, fault.Evidence)
			}
		}
	}
	for _, name := range []string{"/nowhere/here/key.pem", "/nowhere/your/key.pem", "/run/secrets/account", "/run/secrets/netsuite-kid", "todo/key.pem"} {
		wantFault(t, load[keys.ObjectKey](name), keys.ObjectKey, keys.KindUnreadable, "missing")
	}
	key := content(t, file("ec-p256.pem"))
	t.Chdir(t.TempDir())
	put(t, "undefined", key)
	if _, err := keys.LoadKey("undefined"); err != nil {
		t.Errorf("a file of that name: %v", err)
	}
}

// neverRepeats fails if a fault has a part of what was given.
func neverRepeats(t *testing.T, f *keys.Fault, text string) {
	t.Helper()
	said := f.Error()
	for name, value := range f.Evidence {
		if name != "path" && name != "source" && name != "label" {
			said += " " + jsonString(value)
		}
	}
	said = strings.ReplaceAll(said, os.TempDir(), "")
	for word := range strings.FieldsSeq(text) {
		if len(word) > 12 && strings.Contains(said, word) {
			t.Errorf("%s repeats %q", said, word)
		}
	}
}

func jsonString(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

// colons writes hexadecimal digits as openssl does.
func colons(digits string) string {
	var pairs []string
	for i := 0; i < len(digits); i += 2 {
		pairs = append(pairs, digits[i:i+2])
	}
	return strings.Join(pairs, ":")
}

func TestA17SSHCom(t *testing.T) {
	text := []byte("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: \"rsa-key\"\nP2/56wAAAi4AAAA3\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n")
	path := filepath.Join(t.TempDir(), "key")
	put(t, path, text)
	wantFault(t, load[keys.ObjectKey](path), keys.ObjectKey, keys.KindUnparsable, "ssh-com")
	wantFault(t, load[keys.ObjectCertificate](path), keys.ObjectCertificate, keys.KindNotACertificate, "private-key")
}

// A bare public key in place of the certificate: that of the key, or of another one.
func TestA17PublicHalf(t *testing.T) {
	l := new(keys.Loader)
	for _, tt := range []struct{ key, public, reason string }{
		{"ec-p256.pem", "ec-p256-public.pem", "public-half"},
		{"rsa-3072.pem", "rsa-3072-pkcs1-public.pem", "public-half"},
		{"ec-p384.pem", "ec-p256-public.pem", "public-key"},
	} {
		k := loadKey(t, tt.key)
		_, err := l.Certificate(t.Context(), keys.Source{Name: file(tt.public)}, k)
		fault := wantFault(t, err, keys.ObjectCertificate, keys.KindNotACertificate, tt.reason)
		if of, _ := fault.Evidence["key"].(string); (of == k.Path) != (tt.reason == "public-half") {
			t.Errorf("%s: of %q", tt.public, of)
		}
	}
	_, err := l.Certificate(t.Context(), keys.Source{Name: file("ec-p256-public.pem")}, nil)
	wantFault(t, err, keys.ObjectCertificate, keys.KindNotACertificate, "public-key")
}
