package keys

import (
	"bytes"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

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

// isPlaceholder reports whether a value stands for one that was never filled in.
func isPlaceholder(value string) bool {
	lower := strings.ToLower(value)
	if slices.Contains([]string{"undefined", "null", "none", "nil", "nan", "[object object]", "changeme", "todo", "redacted", "[redacted]"}, lower) ||
		strings.HasPrefix(lower, "your_") || strings.HasPrefix(lower, "your-") || value != "" && strings.Trim(value, "*.x") == "" {
		return true
	}
	for _, mark := range [][2]string{{"{{", "}}"}, {"${", "}"}, {"$(", ")"}, {"<", ">"}, {"[", "]"}, {"%", "%"}} {
		inner, opened := strings.CutPrefix(value, mark[0])
		if inner, closed := strings.CutSuffix(inner, mark[1]); opened && closed && text.NameLike(strings.ReplaceAll(strings.TrimSpace(inner), " ", "_")) {
			return true
		}
	}
	return strings.HasPrefix(value, "$") && text.NameLike(value[1:])
}

// foreignName recognizes a value that was given as the name of a file; "" for any other.
func foreignName(path string) content {
	for rest := filepath.ToSlash(path); rest != ""; {
		if is := foreignValue(rest); is != "" {
			return is
		}
		_, rest, _ = strings.Cut(rest, "/")
	}
	return ""
}
