package accountsfile

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/nsauth/nsauth/internal/text"
)

const maxFile = 1 << 20

// ReadCertificate reads the certificate in a PEM or DER file and returns it as DER. Its
// errors name the file, but do not quote it.
func ReadCertificate(path string) ([]byte, error) {
	data, err := readFile(path)
	if err == nil {
		data, err = parseCertificate(data)
	}
	if err != nil {
		return nil, errors.New(path + " " + err.Error())
	}
	return data, nil
}

// parseCertificate reads a certificate. Its errors follow the file's name.
func parseCertificate(data []byte) ([]byte, error) {
	if !bytes.Contains(data, []byte("-----BEGIN")) {
		if _, err := x509.ParseCertificate(data); err != nil {
			return nil, errors.New("is not a certificate in PEM or DER")
		}
		return data, nil
	}
	var found []byte
	other := ""
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case block.Type != "CERTIFICATE":
			other = block.Type
		case found != nil:
			return nil, errors.New("holds more than one certificate; want only the one that was uploaded")
		default:
			found = block.Bytes
		}
	}
	switch {
	case found != nil:
	case strings.HasSuffix(other, "PRIVATE KEY"):
		return nil, errors.New("is a private key; want the certificate, which begins with -----BEGIN CERTIFICATE-----")
	case other != "":
		return nil, errors.New("is another kind of PEM file; a certificate begins with -----BEGIN CERTIFICATE-----")
	default:
		return nil, errors.New("is a damaged PEM file")
	}
	if _, err := x509.ParseCertificate(found); err != nil {
		return nil, errors.New("holds a certificate that cannot be read")
	}
	return found, nil
}

// readFile reads a file of at most 1 MiB; real certificates have about 2 KB. Its errors
// follow the file's name.
func readFile(path string) ([]byte, error) {
	data, err := text.ReadFileAtMost(path, maxFile)
	switch {
	case errors.Is(err, syscall.EISDIR):
		return nil, errors.New("is a folder")
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("does not exist")
	case err != nil:
		return nil, fmt.Errorf("cannot be read: %w", text.WithoutPath(err))
	case len(data) > maxFile:
		return nil, errors.New("is larger than 1 MiB")
	}
	return data, nil
}
