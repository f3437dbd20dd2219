package text_test

import (
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/text"
)

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 999 * time.Millisecond: "0 s", -45 * time.Second: "45 s", 119 * time.Second: "119 s", 2 * time.Minute: "2 min 0 s",
		119*time.Minute + 59*time.Second: "119 min 59 s", 2 * time.Hour: "2 h 0 min", 47*time.Hour + 59*time.Minute: "47 h 59 min",
		48 * time.Hour: "2 days", 5 * 365 * 24 * time.Hour: "1825 days",
	} {
		if got := text.Duration(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func TestAge(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 seconds", time.Second: "1 second", 90 * time.Second: "90 seconds", 2 * time.Minute: "2 minutes", time.Hour: "60 minutes",
		3*time.Hour + 59*time.Minute: "3 hours", 49 * time.Hour: "2 days",
	} {
		if got := text.Age(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}
