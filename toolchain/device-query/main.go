// Command device-query shows which devices a container was given, as the tools of their vendors do: it goes by
// the name of one of them, as it is called or as its first argument says.
//
//	device-query [--tell] [--stay] TOOL...
//	device-query --end
//
// It knows devices by the files that stand for them, and limits by the variables that these name. With --tell it
// prints on a line of its own, as JSON, all that it sees: variables, files, devices. With --stay it then waits to be ended.
// With --end it ends the first process of its container, which is a device-query that stays.
package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
)

const (
	files = "/var/lib/devices"
	self  = "device-query"
)

// Device is what the file of a device says, and what the container may use of it.
type Device struct {
	Tool        string            `json:"tool"`
	Vendor      string            `json:"vendor"`
	ID          string            `json:"id"`
	Index       int               `json:"index"`
	Model       string            `json:"model"`
	Memory      int               `json:"memory"`
	Cores       int               `json:"cores"`
	NUMA        int               `json:"numa"`
	Variables   map[string]string `json:"variables,omitempty"`
	MemoryLimit string            `json:"memoryLimit"`
	CoresLimit  string            `json:"coresLimit"`
}

// Seen is what a container sees.
type Seen struct {
	Variables map[string]string `json:"variables"`
	Files     []string          `json:"files"`
	Devices   []Device          `json:"devices"`
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--end" {
		if err := syscall.Kill(1, syscall.SIGTERM); err != nil {
			fail(err)
		}
		return
	}
	tools, tell, stay := arguments(os.Args)
	signals := make(chan os.Signal, 1)
	if stay {
		// Before the line of --tell, which says that the program can be ended.
		signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	}
	seen := look()
	for _, tool := range tools {
		show(tool, seen.Devices)
	}
	if tell {
		line, err := json.Marshal(seen)
		if err != nil {
			fail(err)
		}
		fmt.Println(string(line))
	}
	if stay {
		<-signals
	}
}

func arguments(given []string) (tools []string, tell, stay bool) {
	if name := filepath.Base(given[0]); name != self {
		tools = append(tools, name)
	}
	for _, argument := range given[1:] {
		switch argument {
		case "--tell":
			tell = true
		case "--stay":
			stay = true
		default:
			tools = append(tools, argument)
		}
	}
	return tools, tell, stay
}

func look() Seen {
	seen := Seen{Variables: map[string]string{}, Files: []string{}, Devices: []Device{}}
	for _, each := range os.Environ() {
		name, value, _ := strings.Cut(each, "=")
		seen.Variables[name] = value
	}
	err := filepath.WalkDir(files, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var device Device
		if err := json.Unmarshal(content, &device); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		seen.Files = append(seen.Files, path)
		seen.Devices = append(seen.Devices, device)
		return nil
	})
	if err != nil && !os.IsNotExist(err) {
		fail(err)
	}
	sort.SliceStable(seen.Devices, func(one, other int) bool {
		return seen.Devices[one].Index < seen.Devices[other].Index
	})
	places := map[string]int{}
	for number := range seen.Devices {
		device := &seen.Devices[number]
		place := places[device.Tool+device.Vendor]
		places[device.Tool+device.Vendor]++
		device.MemoryLimit = limit(device, "memory", place, fmt.Sprintf("%dm", device.Memory))
		device.CoresLimit = limit(device, "cores", place, fmt.Sprint(device.Cores))
		device.Variables = nil
	}
	return seen
}

// limit returns what the variable for a limit says, or what the device has where none is set.
func limit(device *Device, what string, place int, otherwise string) string {
	name := strings.ReplaceAll(device.Variables[what], "{i}", fmt.Sprint(place))
	if value := os.Getenv(name); name != "" && value != "" {
		return value
	}
	return otherwise
}

func show(tool string, devices []Device) {
	fmt.Printf("%-16s simulated\n", tool)
	fmt.Printf("%-6s %-42s %-24s %10s %6s %5s\n", "Index", "Id", "Model", "Memory", "Cores", "NUMA")
	for _, each := range devices {
		if each.Tool == tool {
			fmt.Printf("%-6d %-42s %-24s %10s %5s%% %5d\n",
				each.Index, each.ID, each.Model, each.MemoryLimit, each.CoresLimit, each.NUMA)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
