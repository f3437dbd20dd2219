package clock

import (
	"math/rand/v2"
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

// The same for moments that nobody picked; and no more is claimed than the round
// trip and the missing fraction of a second allow.
func TestFromDateProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	upTo := func(d time.Duration) time.Duration { return time.Duration(random.Int64N(int64(d) + 1)) }
	for range 20_000 {
		moment := time.Unix(0, 0).Add(upTo(100 * 365 * 24 * time.Hour)) // when the server read its clock
		ahead := upTo(20*365*24*time.Hour) - 10*365*24*time.Hour
		there, back := upTo(10*time.Second), upTo(10*time.Second)
		sent, received, date := moment.Add(ahead-there), moment.Add(ahead+back), moment.Truncate(time.Second)
		got := FromDate(sent, received, date, "host")
		if (got.Offset - ahead).Abs() > got.Uncertainty+1 {
			t.Fatalf("the truth is outside: ahead %v, there %v, back %v, fraction %v: %+v", ahead, there, back, moment.Sub(date), got)
		}
		if want := (there + back + dateResolution) / 2; got.Uncertainty != want {
			t.Fatalf("uncertainty %v, want %v", got.Uncertainty, want)
		}
		// Who is ahead of a clock by so much more is ahead by so much more.
		more := upTo(time.Hour)
		if shifted := FromDate(sent.Add(more), received.Add(more), date, "host"); shifted.Offset != got.Offset+more || shifted.Uncertainty != got.Uncertainty {
			t.Fatalf("%v more: %+v, %+v", more, got, shifted)
		}
	}
}

// A Date header may say anything that HTTP can write.
func TestFromDateFarAway(t *testing.T) {
	now := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		year int
		want time.Duration
	}{{1, maxOffset}, {1700, maxOffset}, {2300, -maxOffset}, {9999, -maxOffset}} {
		date := time.Date(tt.year, 1, 1, 0, 0, 0, 0, time.UTC)
		got := FromDate(now, now.Add(100*time.Millisecond), date, "host")
		if (got.Offset-tt.want).Abs() > time.Second || got.Uncertainty < 0 || got.Uncertainty > time.Second {
			t.Errorf("the year %d: %+v", tt.year, got)
		}
	}
}

func TestApart(t *testing.T) {
	at := func(offset, uncertainty time.Duration) Reading {
		return Reading{Offset: offset, Uncertainty: uncertainty}
	}
	for _, tt := range []struct {
		a, b Reading
		want time.Duration
	}{
		{at(0, 0), at(0, 0), 0},
		{at(0, 0), at(7, 0), 7},
		{at(0, 2), at(7, 3), 2},
		{at(0, 4), at(7, 3), 0},
		{at(-3, 1), at(3, 100), 0},
	} {
		if got, back := Apart(tt.a, tt.b), Apart(tt.b, tt.a); got != tt.want || back != tt.want {
			t.Errorf("%v and %v: %v and %v, want %v", tt.a, tt.b, got, back, tt.want)
		}
	}
}
