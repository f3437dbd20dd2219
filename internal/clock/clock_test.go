package clock

import (
	"testing"
	"time"
)

func TestFromDate(t *testing.T) {
	date := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	ms := time.Millisecond
	for name, tt := range map[string]struct {
		sent, received, offset, uncertainty time.Duration // times after date
	}{
		"right, in the middle":    {400 * ms, 600 * ms, 0, 600 * ms},
		"right, early":            {0, 200 * ms, -400 * ms, 600 * ms},
		"right, late":             {800 * ms, 1000 * ms, 400 * ms, 600 * ms},
		"no round trip":           {500 * ms, 500 * ms, 0, 500 * ms},
		"a minute ahead":          {60_400 * ms, 60_600 * ms, 60_000 * ms, 600 * ms},
		"a minute behind":         {-59_600 * ms, -59_400 * ms, -60_000 * ms, 600 * ms},
		"slow server":             {0, 9000 * ms, 4000 * ms, 5000 * ms},
		"set back in between":     {600 * ms, 400 * ms, 0, 600 * ms},
		"a day ahead, odd length": {24*time.Hour + 1, 24*time.Hour + 4, 24*time.Hour - 500*ms + 2, 500*ms + 1},
	} {
		got := FromDate(date.Add(tt.sent), date.Add(tt.received), date, "host")
		want := Reading{Offset: tt.offset, Uncertainty: tt.uncertainty, Source: "host"}
		if got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

// Whatever the moments, the true offset is inside what is reported.
func TestFromDateHoldsTheTruth(t *testing.T) {
	second := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	for _, ahead := range []time.Duration{-400 * 24 * time.Hour, -90 * time.Second, -time.Millisecond, 0, 1, 59 * time.Second, time.Hour} {
		for server := time.Duration(0); server < 2*time.Second; server += 137 * time.Millisecond {
			for _, there := range []time.Duration{0, 3 * time.Millisecond, 2 * time.Second} {
				for _, back := range []time.Duration{0, 250 * time.Millisecond, 5 * time.Second} {
					moment := second.Add(server)
					got := FromDate(moment.Add(ahead-there), moment.Add(ahead+back), moment.Truncate(time.Second), "")
					if (got.Offset - ahead).Abs() > got.Uncertainty+1 {
						t.Fatalf("ahead %v, server's time %v, there %v, back %v: got %+v", ahead, server, there, back, got)
					}
				}
			}
		}
	}
}
