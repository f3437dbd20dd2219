package cmd

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/login"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/internal/tokencache"
)

func newTokenCache(a *cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "cache",
		Short: "List or clear the token cache",
		Args:  cobra.ArbitraryArgs,
		RunE:  unknownSubcommand,
	}
	c.AddCommand(&cobra.Command{
		Use:   "list",
		Short: "List the cached tokens, without the tokens themselves",
		Args:  noArgs,
		RunE:  func(*cobra.Command, []string) error { return listCache(a) },
	}, &cobra.Command{
		Use:   "clear",
		Short: "Remove all cached tokens",
		Args:  noArgs,
		RunE:  func(*cobra.Command, []string) error { return clearCache(a) },
	})
	return c
}

func listCache(a *cli.App) error {
	cache := login.Cache(a)
	items, err := cache.List()
	if err != nil {
		return cacheFailure(err)
	}
	doc := report.TokenCacheDocument{Head: report.HeadOf(report.KindTokenCache)}
	doc.Directory = finding.Optional(cache.Dir())
	for _, item := range items {
		doc.Tokens = append(doc.Tokens, keptToken(item, a.Now()))
	}
	if a.JSON() {
		return a.PrintJSON(doc)
	}
	doc = cli.Masked(a, doc)
	if len(doc.Tokens) == 0 && !a.Quiet {
		fmt.Fprintln(a.Stderr, "nsauth: the token cache is empty")
	}
	rows := [][]string{{"HOST", "CLIENT ID", "SCOPE", "AGE", "LEFT"}}
	for i, t := range doc.Tokens {
		if t.Error != nil {
			fmt.Fprintf(a.Stderr, "nsauth: warning: %s\n", *t.Error)
			continue
		}
		left := "ended"
		if until := items[i].Expiry.Sub(a.Now()); until > 0 {
			left = text.Age(until)
		}
		rows = append(rows, []string{hostOf(*t.TokenURL), shorten(*t.ClientID, 12), strings.Join(t.Scope, " "),
			text.Age(max(0, a.Now().Sub(items[i].Received))), left})
	}
	if len(rows) == 1 {
		return nil
	}
	return report.Table(a.Stdout, rows)
}

func keptToken(item tokencache.Item, now time.Time) report.KeptToken {
	t := report.KeptToken{File: filepath.Base(item.File), Scope: append([]string{}, item.Scope...)}
	if item.Trouble != nil {
		t.Error = finding.Optional(item.Trouble.Error())
		return t
	}
	utc := func(t time.Time) *string { return finding.Optional(t.UTC().Format(time.RFC3339)) }
	t.TokenURL, t.ClientID, t.CertificateID = finding.Optional(item.TokenURL), finding.Optional(item.ClientID), finding.Optional(item.CertificateID)
	t.ReceivedAt, t.ExpiresAt, t.Ended = utc(item.Received), utc(item.Expiry), !now.Before(item.Expiry)
	return t
}

// hostOf is the host of a URL, or what there is.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return raw
	}
	return u.Host
}

func clearCache(a *cli.App) error {
	cache := login.Cache(a)
	n, err := cache.Clear()
	if err != nil {
		return cacheFailure(err)
	}
	if a.JSON() {
		doc := report.TokenCacheDocument{Head: report.HeadOf(report.KindTokenCache)}
		doc.Directory, doc.Removed = finding.Optional(cache.Dir()), &n
		return a.PrintJSON(doc)
	}
	if !a.Quiet {
		fmt.Fprintf(a.Stderr, "nsauth: %s removed\n", text.Counted(n, "token"))
	}
	return nil
}

func cacheFailure(err error) error {
	code, hints := finding.UsageConfig, []string{}
	var t *tokencache.Trouble
	if errors.As(err, &t) && t.Reason == "io" {
		code = finding.IOWrite
	}
	if hint := login.Hint(err); hint != "" {
		hints = append(hints, hint)
	}
	return cli.Fail(code, "token cache: "+err.Error(), hints...)
}
