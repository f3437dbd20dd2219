package keys

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/text"
)

// Contents that are given in place of a key or certificate: what stores a secret, and
// values that are no file. Messages name them and never repeat them.
const (
	kubernetesSecret content = "kubernetes-secret"
	sealedSecret     content = "sealed-secret"
	sopsFile         content = "sops"
	ansibleVault     content = "ansible-vault"
	ageFile          content = "age"
	azureSecret      content = "azure-secret"
	awsSecret        content = "aws-secret"
	googleSecret     content = "google-secret"
	hashicorpVault   content = "hashicorp-vault"
	onePassword      content = "1password"
	bitwarden        content = "bitwarden"
	gitLFS           content = "git-lfs"
	gitCrypt         content = "git-crypt"
	envText          content = "env-file"
	placeholder      content = "placeholder"
	secretReference  content = "secret-reference"
	hexadecimal      content = "hex-64"
	fingerprintText  content = "fingerprint"
	certificateID    content = "certificate-id"
	uuidText         content = "uuid"
	jwtText          content = "jwt"
	sshCom           content = "ssh-com"
)

// foreignFiles are the stores of secrets.
var foreignFiles = []content{kubernetesSecret, sealedSecret, sopsFile, ansibleVault, ageFile, azureSecret, awsSecret, googleSecret,
	hashicorpVault, onePassword, bitwarden, gitLFS, gitCrypt, envText}

// foreignValues are the values that are no file.
var foreignValues = []content{placeholder, secretReference, hexadecimal, fingerprintText, certificateID, uuidText, jwtText}

// maxForeign bounds what is searched for the words of a store, in bytes: they are at its
// beginning or its end.
const maxForeign = 32 << 10

// stores recognize a store of secrets by words of its own: each of one of the lists.
var stores = []struct {
	is    content
	words [][]string
}{
	{sopsFile, [][]string{{"ENC[AES256_GCM,"}}},
	{sopsFile, [][]string{{"sops"}, {"lastmodified"}, {"mac"}}},
	{ansibleVault, [][]string{{"$ANSIBLE_VAULT;"}}},
	{azureSecret, [][]string{{".vault.azure.net/", ".vault.azure.cn/", ".vault.usgovcloudapi.net/"}, {"value"}}},
	{awsSecret, [][]string{{"SecretString", "SecretBinary", "arn:aws:ssm:"}}},
	{googleSecret, [][]string{{"dataCrc32c"}, {"payload"}}},
	{googleSecret, [][]string{{"/secrets/"}, {"/versions/"}, {"payload"}}},
	{hashicorpVault, [][]string{{"lease_duration"}, {"request_id", "lease_id"}}},
	{onePassword, [][]string{{`"vault"`}, {`"category"`}, {`"fields"`}}},
	{bitwarden, [][]string{{`"organizationId"`}, {`"revisionDate"`, `"folderId"`}}},
	{gitLFS, [][]string{{"version https://git-lfs.github.com/spec/"}}},
}

var kubernetesKind = text.Regexp(`(?m)(?:^|[\s{,"-])kind"?\s*:\s*["']?(Secret|SealedSecret)\b`)

// envLine is the first line of an env file, after its comments.
var envLine = text.Regexp(`^(?:\s*(?:#[^!\n].*|#)?\r?\n)*\s*(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*=`)

// store recognizes the text of a store of secrets; "" for other text.
func store(data []byte) content {
	part := data[:min(len(data), maxForeign)]
	if len(data) > 2*maxForeign {
		part = slices.Concat(part, data[len(data)-maxForeign:])
	}
	if m := kubernetesKind().FindSubmatch(part); m != nil {
		if string(m[1]) == "SealedSecret" {
			return sealedSecret
		}
		return kubernetesSecret
	}
	for _, s := range stores {
		if !slices.ContainsFunc(s.words, func(any []string) bool {
			return !slices.ContainsFunc(any, func(word string) bool { return bytes.Contains(part, []byte(word)) })
		}) {
			return s.is
		}
	}
	if envLine().Match(part) {
		return envText
	}
	return ""
}

// values recognize a value on one line.
var values = []struct {
	is  content
	exp func() *regexp.Regexp
}{
	{hexadecimal, text.Regexp(`^[0-9a-fA-F]{64}$`)},
	{fingerprintText, text.Regexp(`(?i)^(?:(?:md5|sha-?1|sha-?256)[ _]*(?:fingerprint|thumbprint)?\s*[:=]\s*)?[0-9a-f]{2}(?:[: ][0-9a-f]{2}){15,31}$`)},
	{fingerprintText, text.Regexp(`^(?:SHA256:[A-Za-z0-9+/]{43}=?|[0-9a-fA-F]{40}|(?i:sha-?256:)[0-9a-f]{64})$`)},
	{uuidText, text.Regexp(`^\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?$`)},
	{jwtText, text.Regexp(`^(?i:bearer )?eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$`)},
	{certificateID, text.Regexp(`^[A-Za-z0-9_-]{43}$`)},
	{secretReference, text.Regexp(`^(?:op:/|arn:aws[a-z-]*:|projects/[^/]+/secrets/|@Microsoft\.KeyVault\(|ref\+|vault:|keyvault:/|secret:/|awssm:/|gcpsm:/|https:/{1,2}[A-Za-z0-9-]+\.vault\.azure\.)`)},
}

// foreignValue recognizes a value that is given in place of a file or of its content; ""
// for any other.
func foreignValue(value string) content {
	const longest = 8 << 10
	value = strings.TrimSpace(unquoted(value))
	if len(value) > longest {
		return ""
	}
	if joined := strings.Join(strings.Fields(value), ""); strings.HasPrefix(joined, "eyJ") {
		value = joined // a token that was wrapped
	}
	if strings.ContainsAny(value, "\r\n") {
		return ""
	}
	for _, v := range values {
		if v.exp().MatchString(value) {
			return v.is
		}
	}
	if isPlaceholder(value) {
		return placeholder
	}
	return ""
}

// isPlaceholder reports whether a value stands for one that was never filled in. A
// document on one line has the marks of a template too, and is none.
func isPlaceholder(value string) bool {
	const longest = 200
	document := json.Valid([]byte(value)) && strings.Trim(value[:1], "[{\"") == "" || strings.Contains(value, "</") || strings.HasPrefix(value, "<!") || strings.HasPrefix(value, "<?")
	return !document && len(value) <= longest && (nsid.IsPlaceholder(value) || value != "" && strings.Trim(value, "*.") == "")
}

// isPlaceholderName is isPlaceholder for the name of a file, which may well be the name
// of a value, such as account.
func isPlaceholderName(name string) bool {
	plain := name == strings.ToLower(name) && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
	return isPlaceholder(name) && (!plain || nsid.IsEmptyValue(name) || name == "changeme" || strings.HasPrefix(name, "your"))
}

// foreignName recognizes a value that was given as the name of a file; "" for any other.
func foreignName(path string) content {
	path = filepath.ToSlash(path)
	if isPlaceholderName(path[strings.LastIndexByte(path, '/')+1:]) {
		return placeholder
	}
	for rest := path; rest != ""; {
		if is := foreignValue(rest); is != "" && is != placeholder {
			return is
		}
		_, rest, _ = strings.Cut(rest, "/")
	}
	return ""
}
