// Names that the words of a query are compared with: a word costs nothing where it is a name, and the more the less it is
// like it.

"use strict";

const aiokubeNames = (() => {
  // Costs of a word beside the name that it stands for.
  const BEGINNING = 10; // `liveness` for `livenessProbe`
  const WORD = 20; // `probe`, a word within the name
  const INSIDE = 30; // `ness`
  const SIMILAR = 40; // `livnesProbe`, and as much as EDIT for each mistake
  const EDIT = 6;
  const PER_LETTER = 0.2; // for letters that the name has besides, at most MOST_LETTERS of them
  const MOST_LETTERS = 20;

  /** Letters and digits in lower case: `livenessProbe`, `liveness_probe` and `LivenessProbe` are one name. */
  const plain = (name) => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

  const bit = (code) => 1 << (code % 31);

  const lettersOf = (text) => {
    let mask = 0;
    for (let at = 0; at < text.length; at++) mask |= bit(text.charCodeAt(at));
    return mask;
  };

  const countBits = (mask) => {
    let count = 0;
    for (let rest = mask; rest; rest &= rest - 1) count++;
    return count;
  };

  const mistakesAllowed = (length) => (length < 4 ? 0 : length < 6 ? 1 : length < 10 ? 2 : 3);

  let beforeLast = new Uint8Array(64);
  let last = new Uint8Array(64);
  let row = new Uint8Array(64);

  /** Edits between a word and a name or, if that is less, its beginning. Two letters that changed places are one edit. */
  const editsBetween = (word, name, most) => {
    const width = Math.min(name.length, word.length + most, 63);
    for (let j = 0; j <= width; j++) last[j] = j;
    for (let i = 1; i <= word.length; i++) {
      row[0] = i;
      let fewest = i;
      for (let j = 1; j <= width; j++) {
        const same = word[i - 1] === name[j - 1];
        let edits = Math.min(last[j - 1] + (same ? 0 : 1), last[j] + 1, row[j - 1] + 1);
        if (i > 1 && j > 1 && word[i - 1] === name[j - 2] && word[i - 2] === name[j - 1]) {
          edits = Math.min(edits, beforeLast[j - 2] + 1);
        }
        row[j] = edits;
        if (edits < fewest) fewest = edits;
      }
      if (fewest > most) return { edits: most + 1, isWhole: false };
      [beforeLast, last, row] = [last, row, beforeLast];
    }
    const whole = width === name.length ? last[width] : most + 1;
    let beginning = most + 1;
    for (let j = Math.max(1, word.length - most); j <= width; j++) beginning = Math.min(beginning, last[j]);
    return { edits: Math.min(whole, beginning), isWhole: whole <= beginning };
  };

  /** Names that words are compared with. What they cost for the last words is kept: the next keystroke asks again. */
  class Names {
    constructor() {
      this.plain = [];
      this.starts = []; // positions where words begin, as bits
      this.letters = [];
      this.known = new Map();
    }

    /** Add names, and return where they begin and end. */
    addAll(names) {
      const first = this.plain.length;
      for (const name of names) this.add(name);
      return [first, this.plain.length];
    }

    add(name) {
      let starts = 0;
      let text = "";
      let fresh = true;
      for (const letter of name) {
        if (!/[\p{L}\p{N}]/u.test(letter)) {
          fresh = true;
          continue;
        }
        const lower = letter.toLowerCase();
        // The last capital of several begins a word: the P of `podIPs` is within one.
        if ((fresh || lower !== letter) && text.length < 31) starts |= 1 << text.length;
        fresh = false;
        text += lower;
      }
      this.plain.push(text);
      this.starts.push(starts);
      this.letters.push(lettersOf(text));
      return this.plain.length - 1;
    }

    /** The cost of each name for a word; Infinity where it is another. */
    costs(word, similar) {
      const key = similar ? `~${word}` : word;
      let costs = this.known.get(key);
      if (!costs) {
        if (similar) costs = this._withSimilar(word, this.costs(word, false));
        else costs = this._exact(word);
        if (this.known.size > 16) this.known.delete(this.known.keys().next().value);
        this.known.set(key, costs);
      }
      return costs;
    }

    _exact(word) {
      const costs = new Float32Array(this.plain.length);
      for (let id = 0; id < costs.length; id++) costs[id] = this._cost(word, id);
      return costs;
    }

    _cost(word, id) {
      const name = this.plain[id];
      const at = name.indexOf(word);
      if (at < 0) return Infinity;
      const rest = name.length - word.length;
      if (!rest) return 0;
      const letters = PER_LETTER * Math.min(rest, MOST_LETTERS);
      if (!at) return BEGINNING + letters;
      for (let next = at; next >= 0 && next < 31; next = name.indexOf(word, next + 1)) {
        if (this.starts[id] & (1 << next)) return WORD + letters;
      }
      return word.length > 2 ? INSIDE + letters : Infinity;
    }

    _withSimilar(word, exact) {
      const most = mistakesAllowed(word.length);
      if (!most) return exact;
      const costs = exact.slice();
      const letters = lettersOf(word);
      for (let id = 0; id < costs.length; id++) {
        const name = this.plain[id];
        // An edit brings in one letter that the name lacks, at most.
        if (costs[id] < Infinity || name.length < word.length - most || countBits(letters & ~this.letters[id]) > most) continue;
        const { edits, isWhole } = editsBetween(word, name, most);
        if (edits > most) continue;
        const rest = Math.min(Math.max(name.length - word.length, 0), MOST_LETTERS);
        costs[id] = SIMILAR + EDIT * edits + (isWhole ? 0 : BEGINNING + PER_LETTER * rest);
      }
      return costs;
    }
  }

  /** The least of the costs of several names that stand together. */
  const least = (costs, [first, end]) => {
    let found = Infinity;
    for (let id = first; id < end; id++) if (costs[id] < found) found = costs[id];
    return found;
  };

  return { BEGINNING, Names, least, plain };
})();
