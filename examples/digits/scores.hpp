#pragma once

namespace digits {

/// How well rows of one class are found by another.
struct Scores {
    double map_at_r = 0, recall_at_1 = 0;
};

}  // namespace digits
