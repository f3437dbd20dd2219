package cmd

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/profile"
)

func newJWT(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "jwt",
		Short: "Look into client assertions",
		Args:  cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.Help()
			}
			return fail(finding.UsageFlag, "unknown command "+quoted("jwt "+args[0]), "jwt inspect JWT judges an assertion")
		},
	}
	c.AddCommand(newJWTInspect(a))
	return c
}

func newJWTInspect(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "inspect [JWT|FILE|-|env:NAME]",
		Short: "Judge a client assertion that any program made",
		Long: `Take a client assertion apart and say everything that is wrong with it at once.
It is read from the argument, a file, an environment variable (env:NAME) or, with
- or no argument, standard input. What a profile or flags say of client ID,
certificate ID and account is compared; the signature is verified only where
--cert or --key is known, and called not-checked otherwise. Nothing is sent.`,
		Example: `  nsauth jwt inspect assertion.jwt --cert cert.pem
  my-program --print-assertion | nsauth jwt inspect -
  nsauth jwt inspect env:ASSERTION -o json | jq '.checks[0].facts.claims'`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			where := "-"
			if len(args) == 1 {
				where = args[0]
			}
			raw, err := unlessInterrupted(c.Context(), func() (string, error) { return readToken(a, where) })
			if err != nil {
				return err
			}
			p, err := profile.Resolve(a.input(c))
			if err != nil {
				return err
			}
			return a.printReport(doctor.Inspect(a.World.World, p, doctor.Request{Tool: tool(), Command: "jwt inspect"}, raw))
		},
	}
	addProfileFlags(c)
	return c
}

// readToken finds the assertion. It never repeats what it was given: that may be
// the assertion itself.
func readToken(a *app, where string) (string, error) {
	if name, ok := strings.CutPrefix(where, "env:"); ok {
		v, set := a.LookupEnv(name)
		if !set || v == "" {
			return "", fail(finding.UsageConfig, "the environment variable "+quoted(name)+" is not set")
		}
		return strings.TrimSpace(v), nil
	}
	var r io.Reader = a.Stdin
	what := "standard input"
	if where != "-" {
		// A token is no file name; anything else that is there is a file.
		_, err := os.Stat(where)
		if strings.Count(where, ".") == 2 && strings.HasPrefix(where, "ey") || isNoFile(err) {
			return strings.TrimSpace(where), nil
		}
		f, err := openFile(where)
		if err != nil {
			return "", err
		}
		defer f.Close()
		r, what = f, where
	}
	// One byte more than a token may have lets the parser say that it is too large.
	data, err := io.ReadAll(io.LimitReader(r, jwtgen.MaxBytes+64))
	if err != nil {
		return "", fail(finding.UsageConfig, what+" cannot be read: "+plain(err))
	}
	return strings.TrimSpace(string(data)), nil
}

// isNoFile reports whether nothing has that name, also because it is too long or
// has characters that no name can have.
func isNoFile(err error) bool {
	var path *fs.PathError
	return errors.Is(err, fs.ErrNotExist) || errors.As(err, &path) && !errors.Is(err, fs.ErrPermission)
}
