package hosts

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxAliases is how deep merges and aliases of a YAML file may be nested.
const maxAliases = 8

// parseGroupsYAML reads a file of groups.d: sources, in them groups, and for
// each a LIST or a sequence of LISTs. It returns the sources in the order of
// the file.
func parseGroupsYAML(path string, data []byte) (names []string, sources map[string]*fileSource, err error) {
	root, err := onlyDocument(data)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(root.Content) == 0 {
		return nil, nil, fmt.Errorf("%s: there is nothing in it; it holds sources, and in them groups", path)
	}
	sources = map[string]*fileSource{}
	err = eachPair(root.Content[0], func(name string, value *yaml.Node) error {
		s := &fileSource{path: path, lists: map[string]string{}}
		names = append(names, name)
		sources[name] = s
		return eachPair(value, func(group string, value *yaml.Node) error {
			list, err := groupText(value)
			if err != nil {
				return err
			}
			s.names = append(s.names, group)
			s.lists[group] = list
			return nil
		})
	})
	if err != nil {
		return nil, nil, fmt.Errorf("%s:%w", path, err)
	}
	return names, sources, nil
}

// onlyDocument parses the only document of a file. The groups of another one would be missing
// from a set without a word.
func onlyDocument(data []byte) (root yaml.Node, err error) {
	documents := yaml.NewDecoder(bytes.NewReader(data))
	if err := documents.Decode(&root); err != nil && !errors.Is(err, io.EOF) {
		return root, err
	}
	var second yaml.Node
	switch err := documents.Decode(&second); {
	case errors.Is(err, io.EOF):
		return root, nil
	case err != nil:
		return root, err
	}
	return root, fmt.Errorf("line %d: a second YAML document begins here; put all groups into one", second.Line)
}

// eachPair calls f for each key and value of a mapping. A merged mapping (<<) adds the keys that
// the mapping does not have itself. Errors begin with the line number.
func eachPair(n *yaml.Node, f func(key string, value *yaml.Node) error) error {
	return walkPairs(n, 0, map[string]bool{}, f)
}

func walkPairs(n *yaml.Node, depth int, seen map[string]bool, f func(key string, value *yaml.Node) error) error {
	n, err := resolveAlias(n)
	if err != nil {
		return err
	}
	if n.Kind != yaml.MappingNode || depth > maxAliases {
		return fmt.Errorf("%d: not a mapping", n.Line)
	}
	var merged *yaml.Node
	own := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.ShortTag() == "!!merge" && merged == nil {
			merged = value
			continue
		}
		if key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str" {
			return fmt.Errorf("%d: name %q is not text\nhint: quote it", key.Line, key.Value)
		}
		if own[key.Value] {
			return fmt.Errorf("%d: duplicate name %q", key.Line, key.Value)
		}
		own[key.Value] = true
		if seen[key.Value] {
			continue
		}
		seen[key.Value] = true
		if err := f(key.Value, value); err != nil {
			return err
		}
	}
	if merged == nil {
		return nil
	}
	return walkPairs(merged, depth+1, seen, f)
}

func resolveAlias(n *yaml.Node) (*yaml.Node, error) {
	for range maxAliases {
		if n.Kind != yaml.AliasNode {
			return n, nil
		}
		n = n.Alias
	}
	return nil, fmt.Errorf("%d: alias of an alias", n.Line)
}

// groupText returns the LIST of a group.
func groupText(n *yaml.Node) (string, error) {
	n, err := resolveAlias(n)
	if err != nil {
		return "", err
	}
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" {
		return n.Value, nil
	}
	if n.Kind != yaml.SequenceNode {
		return "", fmt.Errorf("%d: group is neither text nor a list of texts\nhint: quote numbers", n.Line)
	}
	lists := make([]string, len(n.Content))
	for i, item := range n.Content {
		item, err := resolveAlias(item)
		if err != nil {
			return "", err
		}
		if item.Kind != yaml.ScalarNode || item.ShortTag() != "!!str" {
			return "", fmt.Errorf("%d: member of a group is not text\nhint: quote numbers", item.Line)
		}
		lists[i] = item.Value
	}
	return strings.Join(lists, ","), nil
}
