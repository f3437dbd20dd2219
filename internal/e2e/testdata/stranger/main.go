// Command stranger is another project's program: it has nothing of nsauth but
// the client, and gets an access token and a record with it.
package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/nsauth/nsauth/netsuite"
	"golang.org/x/oauth2"
)

type config struct {
	Account, ClientID, CertificateID, KeyFile, CAFile, ConnectTo string
}

func main() {
	if err := run(); err != nil {
		slog.Error("stranger", "error", err)
		os.Exit(1)
	}
}

func run() error {
	var c config
	if err := json.NewDecoder(os.Stdin).Decode(&c); err != nil {
		return err
	}
	key, err := readKey(c.KeyFile)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	ca, err := os.ReadFile(c.CAFile)
	if err != nil {
		return err
	}
	roots.AppendCertsFromPEM(ca)
	account, err := netsuite.ParseAccount(c.Account)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	client, err := netsuite.New(netsuite.Options{
		TokenURL: account.TokenURL(), APIURL: account.RESTURL(), ConnectTo: c.ConnectTo, RootCAs: roots, MaxConcurrent: 4,
		Observe: func(e netsuite.Event) { log.Info("netsuite", "event", e) },
	})
	if err != nil {
		return err
	}
	defer client.CloseIdle()
	source, err := client.TokenSource(netsuite.Credentials{ClientID: c.ClientID, CertificateID: c.CertificateID, Key: key}, netsuite.SourceOptions{})
	if err != nil {
		return err
	}
	var _ oauth2.TokenSource = source
	session := client.NewSession(source, netsuite.Retry{Max: 2})

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	failures := make(chan error, 20)
	for range cap(failures) {
		wg.Go(func() {
			_, err := session.Do(ctx, netsuite.Request{URL: netsuite.ServerTimePath})
			failures <- err
		})
	}
	wg.Wait()
	close(failures)
	for err := range failures {
		if err != nil {
			return err
		}
	}
	_, err = session.Do(ctx, netsuite.Request{URL: "/services/rest/record/v1/nosuch/1"})
	var refused *netsuite.APIError
	if !errors.As(err, &refused) || !errors.Is(err, netsuite.Status(404)) {
		return errors.New("a record that is not there is there")
	}
	token, err := source.Get(ctx)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"token": token.AccessToken.Reveal(), "expires_in": token.ExpiresIn.Seconds(), "code": refused.Code,
	})
}

func readKey(path string) (crypto.Signer, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("no PEM block")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	return key.(crypto.Signer), nil
}
