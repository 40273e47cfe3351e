#include "catch.hpp"

#include <sstream>

std::string text_of(Eigen::Index rows, Eigen::Index columns,
                    const std::function<double(Eigen::Index, Eigen::Index)>& element)
{
    std::ostringstream text;
    for (Eigen::Index row = 0; row < rows; ++row) {
        text << (row == 0 ? "{{" : ", {");
        for (Eigen::Index column = 0; column < columns; ++column) {
            text << (column == 0 ? "" : ", ") << element(row, column);
        }
        text << "}";
    }
    text << "}";
    return text.str();
}
