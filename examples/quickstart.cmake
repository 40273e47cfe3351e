# The program in the README is quickstart.cpp, word for word.
file(READ ${README} text)
file(READ ${PROGRAM} program)
string(FIND "${text}" "```cpp\n${program}```\n" position)
if(position EQUAL -1)
    message(FATAL_ERROR "${README} does not show ${PROGRAM} as it is")
endif()
