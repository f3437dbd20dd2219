package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator"
	"github.com/nsauth/nsauth/internal/finding"
)

// answerFlags are the variants of the emulator's right answers.
type answerFlags struct {
	expiresIn   string
	tokenShape  string
	concurrency int
	retryAfter  int
	customers   int
}

func (f *answerFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.expiresIn, "expires-in", string(emulator.ExpiresInNumber), "`HOW` a token response writes expires_in: number or string")
	flags.StringVar(&f.tokenShape, "token-shape", string(emulator.Shape2026), "`YEAR` of Oracle's sample that access tokens follow: 2026 or 2021")
	flags.IntVar(&f.concurrency, "concurrency", 0, "refuse API calls beyond this `NUMBER` at once, as NetSuite does (default 0: no limit)")
	flags.IntVar(&f.retryAfter, "retry-after", 0, "`SECONDS` for a header Retry-After in such a refusal (default 0: no header)")
	flags.IntVar(&f.customers, "customers", 0, "have this `NUMBER` of customers more, for lists of many pages (default 0)")
	complete(c, "expires-in", string(emulator.ExpiresInNumber), string(emulator.ExpiresInString))
	complete(c, "token-shape", string(emulator.Shape2026), string(emulator.Shape2021))
}

// check says what is wrong with a flag.
func (f answerFlags) check() error {
	switch {
	case f.expiresIn != string(emulator.ExpiresInNumber) && f.expiresIn != string(emulator.ExpiresInString):
		return cli.Fail(finding.UsageFlag, "--expires-in is neither number nor string")
	case f.tokenShape != string(emulator.Shape2026) && f.tokenShape != string(emulator.Shape2021):
		return cli.Fail(finding.UsageFlag, "--token-shape is neither 2026 nor 2021")
	case f.concurrency < 0:
		return cli.Fail(finding.UsageFlag, "--concurrency is negative")
	case f.retryAfter < 0:
		return cli.Fail(finding.UsageFlag, "--retry-after is negative")
	case f.customers < 0 || f.customers > emulator.MaxCustomers:
		return cli.Fail(finding.UsageFlag, fmt.Sprintf("--customers takes a number from 0 to %d", emulator.MaxCustomers))
	case f.retryAfter > 0 && f.concurrency == 0:
		return cli.Fail(finding.UsageFlag, "--retry-after has no effect without --concurrency")
	}
	return nil
}

func (f answerFlags) apply(c *emulator.Config) {
	c.ExpiresIn, c.TokenShape = emulator.ExpiresIn(f.expiresIn), emulator.TokenShape(f.tokenShape)
	c.ConcurrencyLimit, c.RetryAfter, c.Customers = f.concurrency, f.retryAfter, f.customers
}
