package cmd

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator"
	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/finding"
)

// faultFlags are the flags that break answers.
type faultFlags struct {
	specs []string
	clock time.Duration
}

func (o *faultFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringArrayVar(&o.specs, "fault", nil,
		"break answers by `NAME[:COUNT][,KEY=VALUE]...`, such as flaky:2 or latency,delay=80ms; repeatable")
	flags.DurationVar(&o.clock, "clock-offset", 0, "`DURATION` that the server's clock is ahead, such as 10m or -20m")
	completeFrom(c, "fault", faultNames)
}

// apply puts the faults of the flags before those of the scenario: the first one
// that fits a request is the one that it meets.
func (o faultFlags) apply(c *emulator.Config) error {
	var own []faults.Fault
	for _, spec := range o.specs {
		f, err := faults.Parse(spec)
		if err != nil {
			return cli.Fail(finding.UsageFlag, "--fault: "+strings.TrimPrefix(err.Error(), "fault: "),
				"such as --fault flaky:2, --fault latency,delay=80ms or --fault html,path=/services/rest/auth/")
		}
		own = append(own, f)
	}
	if o.clock != 0 {
		f := faults.Fault{Kind: faults.Clock, Offset: o.clock}
		if err := f.Validate(); err != nil {
			return cli.Fail(finding.UsageFlag, "--clock-offset: "+strings.TrimPrefix(err.Error(), "fault clock: "),
				"give a duration such as 10m, -20m or 48h")
		}
		own = append(own, f)
	}
	if len(own) > faults.MaxFaults {
		return cli.Fail(finding.UsageFlag, "--fault is there too often")
	}
	c.Faults = append(own, c.Faults...)
	return nil
}

// faultNames are the names that --fault takes.
func faultNames() []string {
	var names []string
	for _, k := range faults.Kinds() {
		names = append(names, string(k))
	}
	return names
}

func faultsHelp() string {
	return fmt.Sprintf(`--fault breaks answers, the next COUNT of them or all, and for several faults the
first one that fits a request. The keys are path (a prefix; repeatable), delay,
retry-after (seconds), location and offset. The faults:
%s.
While it runs, a POST of {"faults":["flaky:2"]} to /_emulator/faults puts others
in force, DELETE lifts them, GET shows them. No fault breaks /_emulator/ and
/healthz, and those of TLS spare handshakes for the name localhost.`, wrapped(faultNames(), 80))
}

// wrapped is a list in lines of at most width characters.
func wrapped(names []string, width int) string {
	var b strings.Builder
	line := 0
	for i, name := range names {
		if i > 0 {
			b.WriteString(",")
			line++
			if line+1+len(name) >= width {
				b.WriteString("\n")
				line = 0
			} else {
				b.WriteString(" ")
				line++
			}
		}
		b.WriteString(name)
		line += len(name)
	}
	return b.String()
}
