#include "mine.hpp"

void mine_c(const Problem& problem, Answer& answer)
{
    mine(problem, answer);
}
