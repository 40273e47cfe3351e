#pragma once

/// With MOHS_TRAP in the environment, what raises FE_INVALID, FE_DIVBYZERO or FE_OVERFLOW ends the test that does so, on
/// any thread. Not where one of these lives: oracles compute with rows that are not finite as a matter of course.
class Untrapped {
public:
    Untrapped();
    ~Untrapped();
    Untrapped(const Untrapped&) = delete;
    Untrapped& operator=(const Untrapped&) = delete;

private:
    int trapped_ = 0;
};
