#pragma once

// Plain data only: what crosses from one object to another must not depend on their flags.
struct Problem {
    const float* rows;
    long count;
    long dimension;
    const int* labels;
};

struct Answer {
    long size;
    long* positives;
    long* negatives;
    double loss;
};

void mine_a(const Problem& problem, Answer& answer);
void mine_b(const Problem& problem, Answer& answer);
void mine_c(const Problem& problem, Answer& answer);
