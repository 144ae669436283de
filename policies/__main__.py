from policies.pack import serve

serve()
