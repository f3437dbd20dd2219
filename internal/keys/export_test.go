package keys

import "context"

// LoadKey reads an unencrypted private key from a file.
func LoadKey(path string) (*Key, error) {
	return new(Loader).Key(context.Background(), Source{Name: path})
}

// LoadCertificate reads the first certificate of a file.
func LoadCertificate(path string) (*Certificate, error) {
	return new(Loader).Certificate(context.Background(), Source{Name: path}, nil)
}

// ParseKey reads a private key for which there is no passphrase.
func ParseKey(data []byte) (*Key, error) {
	key, fault := parseKey(data, nil)
	if fault != nil {
		return nil, fault
	}
	return key, nil
}
